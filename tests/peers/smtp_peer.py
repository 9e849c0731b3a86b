"""A mail server on loopback, aiosmtpd's, that takes, refuses, delays and drops as the recipient's name says.

Prints {"port": N} when it listens, then one line for each mail that it took. Arguments: an empty word or the name of a
PEM file with certificate and key (STARTTLS is required then), and the user and password that it wants, if any.
"""

import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def say(thing):
    print(json.dumps(thing), flush=True)


class Handler:
    def __init__(self):
        self.seen = set()

    def first(self, what):
        is_first = what not in self.seen
        self.seen.add(what)
        return is_first

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "refused":
            return "550 5.1.1 nobody of that name"
        if name == "greylisted" and self.first(address):
            return "451 4.7.1 come back later"
        if name == "slow":
            await asyncio.sleep(30)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        part = lambda kind: mail.get_body((kind,)).get_content()
        say(
            {
                "from": mail["from"],
                "to": envelope.rcpt_tos,
                "subject": mail["subject"],
                "id": mail["message-id"],
                "auto": mail["auto-submitted"],
                "date": mail["date"],
                "text": part("plain"),
                "html": part("html"),
                "tls": session.ssl is not None,
                "user": session.auth_data.login.decode() if session.auth_data else None,
            }
        )
        if envelope.rcpt_tos[0].startswith("dropped@") and self.first("dropped"):
            # Taken, and nobody is told.
            server.transport.abort()
        return "250 taken"


class Server(Controller):
    def factory(self):
        return SMTP(self.handler, **self.SMTP_kwargs)


certificate, login = sys.argv[1], sys.argv[2:4]
options = {}
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    options |= {"tls_context": context, "require_starttls": True}
if login:

    def authenticate(server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and [data.login.decode(), data.password.decode()] == login
        return AuthResult(success=right, auth_data=data if right else None)

    options |= {"authenticator": authenticate, "auth_required": True}
controller = Server(Handler(), hostname="127.0.0.1", port=0, **options)
# With port 0 the controller cannot try its own port: begin by hand.
loop = asyncio.new_event_loop()
server = loop.run_until_complete(loop.create_server(controller.factory, "127.0.0.1", 0))
say({"port": server.sockets[0].getsockname()[1]})
loop.run_forever()
