// fold makes texts that read alike equal: full-width and half-width forms,
// hiragana and katakana, upper and lower case (ｶｹﾞﾛｳ, カゲロウ, かげろう). It is
// for lists filtered in the page; the hub folds for itself.
export function fold(s: string): string {
  return s
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u3041-\u3096]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0x60));
}
