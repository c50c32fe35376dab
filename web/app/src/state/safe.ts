// safe allows places of this hub only: "//host" would be another one.
export function safe(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/';
}
