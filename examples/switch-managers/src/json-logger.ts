/** Whatever a line tells besides its message. */
type Fields = Readonly<Record<string, unknown>>;

/** One JSON object a line on standard output, as log collectors of Kubernetes read it. */
export const logger = {
  info: (fields: Fields, message: string) => write("info", fields, message),
  warn: (fields: Fields, message: string) => write("warn", fields, message),
  error: (fields: Fields, message: string) => write("error", fields, message),
};

function write(level: string, fields: Fields, message: string): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));
}
