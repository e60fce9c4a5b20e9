/** One request of the API, as data. */
export interface ProxmoxCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api2/json`, segments encoded. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string | number | boolean | undefined>>;
}
