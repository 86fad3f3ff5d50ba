/** Comma-separated values: RFC 4180. */

// Spreadsheets run a cell that begins like this as a formula: https://owasp.org/www-community/attacks/CSV_Injection
const FORMULA = /^[\s]*[=+\-@＝＋－＠]|^[\t\r\n]/;
// Excel reads UTF-8 only behind a byte order mark.
const BYTE_ORDER_MARK = "\ufeff";

/** @param {unknown[][]} rows */
export const csv = (rows) => BYTE_ORDER_MARK + rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

/** @param {unknown} value */
function cell(value) {
  const text = String(value ?? "");
  const safe = FORMULA.test(text) ? `'${text}` : text; // spreadsheets show what follows an apostrophe as text
  return `"${safe.replaceAll('"', '""')}"`;
}
