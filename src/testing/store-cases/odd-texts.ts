/** Texts that some store changes. Without lone surrogates: UTF-8 cannot encode them, and records have none, because JSON escapes them. */
export const oddTexts = {
  'two lines of JSON': '{"digest":"x"}\n{"theme":"dark"}',
  'all kinds of line ends, with blanks around them': ' \r\n\n\r\u2028\u2029\t ',
  'NUL and other control characters': 'a\0b\x01\x1b\x7f',
  'emoji, one of them joined from five characters': '🛒 👩‍👩‍👧',
  'the same letter composed and decomposed': '\u00e9 e\u0301',
  'a byte order mark at the front': '\ufeffa',
  'text from right to left': 'שלום',
  'characters with a meaning in query languages and templates': `'"\`\\ $& $1 %s %00 {{x}} -- ; * ? [a]`,
  'the names of inherited properties': '{"__proto__":{"constructor":1}}',
}
