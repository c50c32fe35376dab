// Raw lines come as base64, since they need not be text.

export function bytesOf(base64: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    return new TextEncoder().encode(base64);
  }
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

// textOf reads bytes as UTF-8; what is none shows as U+FFFD.
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
