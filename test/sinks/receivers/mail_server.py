"""A mail server by aiosmtpd (Debian: python3-aiosmtpd) that prints what it took, read by Python's own parser of mail.

Arguments: none | starttls | tls, then certificate and key, then user and password (both or neither).
The first line printed is its port; every other line is one mail as JSON. Recipients whose names begin with `gone` are
refused for good, those that begin with `later` once.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

security, cert, key = sys.argv[1:4]
credentials = tuple(text.encode() for text in sys.argv[4:6]) or None
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(cert, key)


class Printer:
    put_off = set()

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("gone"):
            return "550 5.1.1 no such user"
        if address.startswith("later") and address not in self.put_off:
            self.put_off.add(address)
            return "450 4.2.0 greylisted"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        body = {
            part.get_content_type(): part.get_content().replace("\r\n", "\n")
            for part in mail.walk() if not part.is_multipart()
        }
        print(
            json.dumps(
                {
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "tls": server.transport.get_extra_info("ssl_object") is not None,
                    "user": session.auth_data.login.decode() if session.auth_data else None,
                    "type": mail.get_content_type(),
                    "headers": [[name, str(value)] for name, value in mail.items()],
                    "recipients": [address.addr_spec for address in mail["To"].addresses],
                    "defects": [str(one) for part in mail.walk() for one in part.defects],
                    "body": body,
                }
            ),
            flush=True,
        )
        return "250 taken"


def authenticate(server, session, envelope, mechanism, login):
    return AuthResult(success=(login.login, login.password) == credentials, handled=False, auth_data=login)


def session():
    return SMTP(
        Printer(),
        hostname="mail.example.org",
        enable_SMTPUTF8=True,
        tls_context=context if security == "starttls" else None,
        require_starttls=security == "starttls",
        authenticator=authenticate if credentials else None,
        auth_required=credentials is not None,
        auth_require_tls=security == "starttls",
    )


async def main():
    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=context if security == "tls" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
