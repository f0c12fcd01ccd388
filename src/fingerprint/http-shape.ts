/*
 * What a request of HTTP/1 looks like apart from what it asks for: programs write their headers in an order and with
 * capitals of their own, also those that call themselves a browser. A form of our own, since the published ones may not be
 * used freely (JA4H) or copied (Hfinger); a program that writes headers as a browser does is not told from it.
 */

/** RFC 9110, 5.6.2: what the name of a header may be made of; longer ones say no more. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40}$/;

/**
 * `GET/1.1 Host,User-Agent,Accept`: method, version, and the names of headers as they stand. `?` is a line that is no
 * header, and `…` ends what breaks off before the headers end. `headers` is what follows the request line.
 */
export function httpShape(method: string, version: string, headers: string): string {
  const names: string[] = [];
  for (let at = 0; ;) {
    const end = headers.indexOf('\n', at);
    if (end < 0) {
      names.push('…');
      break;
    }
    const line = headers.slice(at, end);
    if (line === '' || line === '\r') break;
    const name = line.slice(0, Math.max(0, line.indexOf(':')));
    names.push(NAME.test(name) ? name : '?');
    at = end + 1;
  }
  return `${method}/${version} ${names.join(',')}`;
}
