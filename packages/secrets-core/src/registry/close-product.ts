/** A product of any kind is closed if it has `close` or is an AsyncDisposable. */
export async function closeProduct(product: unknown): Promise<void> {
  if (typeof product !== "object" || product === null) return;
  const closable = product as { close?: unknown; [Symbol.asyncDispose]?: unknown };
  if (typeof closable.close === "function") await closable.close();
  else if (typeof closable[Symbol.asyncDispose] === "function")
    await (closable as AsyncDisposable)[Symbol.asyncDispose]();
}
