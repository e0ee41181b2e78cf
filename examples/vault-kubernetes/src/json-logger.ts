/** The fields of a line in addition to its message. */
type Fields = Readonly<Record<string, unknown>>;

/** Writes one JSON object on each line of standard output, the format of log collectors in Kubernetes. */
export const logger = {
  info: (fields: Fields, message: string) => write("info", fields, message),
  warn: (fields: Fields, message: string) => write("warn", fields, message),
  error: (fields: Fields, message: string) => write("error", fields, message),
};

function write(level: string, fields: Fields, message: string): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));
}
