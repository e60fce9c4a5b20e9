/** How the three usual clients are told about this server. */
export function connectHelp(url: string, hasTokens: boolean): string {
  const header = hasTokens ? ' --header "Authorization: Bearer $STEWARD_TOKEN"' : '';
  const remote = { type: 'http', url, ...(hasTokens ? { headers: BEARER } : {}) };
  const copilot = { mcpServers: { steward: { ...remote, tools: ['*'] } } };
  const opencode = { mcp: { steward: { ...remote, type: 'remote', oauth: false } } };
  return [
    'Claude Code',
    `  claude mcp add --transport http steward ${url}${header}`,
    'GitHub Copilot CLI (~/.copilot/mcp-config.json)',
    `  ${JSON.stringify(copilot)}`,
    'OpenCode (opencode.json)',
    `  ${JSON.stringify(opencode)}`,
  ].join('\n');
}

const BEARER = { Authorization: 'Bearer <token>' };
