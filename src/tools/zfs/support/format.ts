export const percentText = (part: number): string => `${(part * 100).toFixed(part < 0.1 ? 1 : 0)} %`;
