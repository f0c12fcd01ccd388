/** What a byte means inside an XML token. The tables below map every byte to one of these, or to 0. */
const AMPERSAND = 1;
const NON_ASCII = 2;
/** Tab, newline, carriage return: turned into spaces in attribute values (XML 1.0, 3.3.3). */
const LINE_SPACE = 4;
/** A control character that XML 1.0 does not allow (2.2). */
export const ILLEGAL = 8;
export const LESS_THAN = 16;
export const QUOTE = 32;
/** `]`, which may begin `]]>`. */
const BRACKET = 64;

function table(assign: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => assign(byte));
}

const isLineSpace = (byte: number): boolean => byte === 9 || byte === 10 || byte === 13;

/** Classes of bytes inside a quoted attribute value; 0 is an ordinary character. */
export const IN_VALUE = table((byte) => {
  if (byte === 34 || byte === 39) return QUOTE;
  if (byte === 60) return LESS_THAN;
  if (byte === 38) return AMPERSAND;
  if (isLineSpace(byte)) return LINE_SPACE;
  if (byte < 32) return ILLEGAL;
  return byte >= 128 ? NON_ASCII : 0;
});

/** Classes of bytes between tags; 0 is an ordinary character. */
export const IN_TEXT = table((byte) => {
  if (byte === 60) return LESS_THAN;
  if (byte === 38) return AMPERSAND;
  if (byte === 93) return BRACKET;
  if (byte === 13) return LINE_SPACE;
  if (byte < 32 && byte !== 9 && byte !== 10) return ILLEGAL;
  return byte >= 128 ? NON_ASCII : 0;
});

/** 1 where a byte may stand in a name. Laxer than XML above ASCII, where every byte may. */
export const IN_NAME = table((byte) =>
  (byte >= 97 && byte <= 122) ||
  (byte >= 65 && byte <= 90) ||
  (byte >= 48 && byte <= 58) ||
  byte === 95 ||
  byte === 45 ||
  byte === 46 ||
  byte >= 128
    ? 1
    : 0,
);

/** Whether a byte may begin a name: no digit, `-` or `.`. */
export function mayBeginName(byte: number): boolean {
  return IN_NAME[byte] === 1 && !(byte >= 48 && byte <= 57) && byte !== 45 && byte !== 46;
}

/** 1 for the four white-space bytes of XML. */
export const IS_SPACE = table((byte) => (byte === 32 || isLineSpace(byte) ? 1 : 0));
