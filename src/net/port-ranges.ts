/** The first port above IANA's system ports (RFC 6335, section 6): below are services, and nobody's own end of a connection. */
export const FIRST_USER_PORT = 1_024;

/**
 * The first port that Linux gives to clients (net.ipv4.ip_local_port_range, 32768); IANA's dynamic ports (RFC 6335) and
 * those of Windows begin later, at 49152.
 */
export const FIRST_EPHEMERAL_PORT = 32_768;
