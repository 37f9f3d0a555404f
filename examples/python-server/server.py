"""An MCP server that takes access tokens of Portcullis: its own HTTP and JSON-RPC, nothing but PyJWT beside Python.

It speaks Streamable HTTP of the revisions 2025-06-18 and 2025-11-25, stateless, with answers in JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from access_tokens import AccessTokens
from weather import TOOLS, ToolError, call_tool

REVISIONS = ("2025-11-25", "2025-06-18")
MAX_BODY_LENGTH = 1024 * 1024
# What any request needs. A tool may need more: see weather.py.
READ = "weather:read"

BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


class RpcError(Exception):
    """An error of JSON-RPC 2.0, by its code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def is_message(message: Any) -> bool:
    """Whether it is a request, a notification or a response, and one alone: there are no batches since 2025-06-18."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return False
    if type(message.get("id", "")) not in (str, int) or not isinstance(message.get("params", {}), dict):
        return False
    if "method" in message:
        return isinstance(message["method"], str)
    return "result" in message or "error" in message


def needed_scopes(message: dict[str, Any]) -> list[str]:
    """The scopes without which a message is refused."""
    name = message.get("params", {}).get("name") if message.get("method") == "tools/call" else None
    tool = TOOLS.get(name) if isinstance(name, str) else None
    return [READ] if tool is None else [READ, *tool.scopes]


def answer(method: str, params: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
    """The result of a request."""
    if method == "initialize":
        wanted = params.get("protocolVersion")
        return {
            "protocolVersion": wanted if wanted in REVISIONS else REVISIONS[0],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "weather", "title": "Weather", "version": "1.0.0"},
        }
    if method == "ping":
        return {}
    if method == "tools/list":
        return {"tools": [{"name": name, **tool.description} for name, tool in TOOLS.items()]}
    if method == "tools/call":
        name, arguments = params.get("name"), params.get("arguments", {})
        if not isinstance(name, str) or name not in TOOLS or not isinstance(arguments, dict):
            raise RpcError(-32602, "There is no such tool")
        try:
            return {"content": [{"type": "text", "text": call_tool(name, arguments, caller["sub"])}]}
        except ToolError as error:
            return {"content": [{"type": "text", "text": str(error)}], "isError": True}
    raise RpcError(-32601, "There is no such method")


class Handler(BaseHTTPRequestHandler):
    """One connection. Every answer has its length, so that the connection can go on."""

    protocol_version = "HTTP/1.1"
    server_version = "weather"
    sys_version = ""
    timeout = 30
    server: WeatherServer

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == self.server.metadata_path:
            self.send_json(200, self.server.metadata)
        elif path == self.server.mcp_path:
            self.send_json(405, None, {"Allow": "POST"})  # There is no stream to listen to.
        else:
            self.send_json(404, None)

    def do_DELETE(self) -> None:
        self.send_json(405, None, {"Allow": "POST"})  # There is no session to end.

    def do_POST(self) -> None:
        body = self.read_body()
        if body is None:
            return
        if urlsplit(self.path).path != self.server.mcp_path:
            self.send_json(404, None)
        # A page in a browser has no business here, whatever name it found this server under.
        elif self.headers.get("Origin") is not None:
            self.send_json(403, None)
        else:
            caller = self.verify_caller()
            if caller is not None:
                self.answer_message(body, caller)

    def read_body(self) -> bytes | None:
        """The body. None where it was refused: the connection ends then, since the body is still on it."""
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") is not None or not re.fullmatch(r"[0-9]{1,9}", length):
            return self.refuse_body(411)
        if int(length) > MAX_BODY_LENGTH:
            return self.refuse_body(413)
        return self.rfile.read(int(length))

    def refuse_body(self, status: int) -> None:
        self.close_connection = True
        self.send_json(status, None, {"Connection": "close"})

    def verify_caller(self) -> dict[str, Any] | None:
        """The claims of the token that came with the request (RFC 6750 §2.1). None where it was refused."""
        presented = self.headers.get_all("Authorization", [])
        if len(presented) > 1:
            self.send_json(400, None)
            return None
        credential = BEARER.fullmatch(presented[0]) if presented else None
        if credential is None:
            self.challenge(401, None, [READ])
            return None
        claims = self.server.access_tokens.verify(credential[1])
        if claims is None:
            self.challenge(401, "invalid_token", [READ])
        return claims

    def answer_message(self, body: bytes, caller: dict[str, Any]) -> None:
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            return self.send_error_message(400, None, RpcError(-32700, "The body is no JSON"))
        if not is_message(message):
            return self.send_error_message(400, None, RpcError(-32600, "The body is no message of JSON-RPC 2.0"))
        if self.headers.get("MCP-Protocol-Version", REVISIONS[0]) not in REVISIONS:
            return self.send_error_message(400, None, RpcError(-32600, f"Supported: {', '.join(REVISIONS)}"))
        held = caller["scope"].split(" ")
        needed = needed_scopes(message)
        if not set(needed) <= set(held):
            # Some clients ask for exactly what is named here, and would lose what they have.
            return self.challenge(403, "insufficient_scope", sorted({*held, *needed} - {"", "offline_access"}))
        if "method" not in message or "id" not in message:
            return self.send_json(202, None)  # A response to nothing that was asked, or a notification.
        request_id = message["id"]
        try:
            result = answer(message["method"], message.get("params", {}), caller)
        except RpcError as error:
            return self.send_error_message(200, request_id, error)
        self.send_json(200, {"jsonrpc": "2.0", "id": request_id, "result": result})

    def challenge(self, status: int, error: str | None, scopes: list[str]) -> None:
        """RFC 6750 §3, RFC 9728 §5.1. No `error` where there was no credential (RFC 6750 §3.1)."""
        parameters = [] if error is None else [f'error="{error}"']
        parameters += [f'scope="{" ".join(scopes)}"', f'resource_metadata="{self.server.metadata_url}"']
        self.send_json(status, None, {"WWW-Authenticate": f"Bearer {', '.join(parameters)}"})

    def send_error_message(self, status: int, request_id: Any, error: RpcError) -> None:
        problem = {"code": error.code, "message": str(error)}
        self.send_json(status, {"jsonrpc": "2.0", "id": request_id, "error": problem})

    def send_json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        encoded = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_error(self, format: str, *args: Any) -> None:
        """Without what could not be read: it may have a token in it."""
        self.log_message("A request could not be read")

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Without the query: somebody may have put a token there."""
        path = urlsplit(getattr(self, "path", "")).path
        self.log_message("%s %r %s", getattr(self, "command", None), path, code)


class WeatherServer(ThreadingHTTPServer):
    """The server with what it says of itself (RFC 9728 §2)."""

    request_queue_size = 128

    def __init__(self, host: str, port: int, issuer: str, resource: str | None) -> None:
        super().__init__((host, port), Handler)
        self.resource = resource or f"http://{host}:{self.server_port}/mcp"
        parts = urlsplit(self.resource)
        self.mcp_path = parts.path or "/"
        # The well-known part stands before the resource's own path (RFC 9728 §3.1).
        self.metadata_path = "/.well-known/oauth-protected-resource" + parts.path.rstrip("/")
        self.metadata_url = f"{parts.scheme}://{parts.netloc}{self.metadata_path}"
        self.metadata = {
            "resource": self.resource,
            "authorization_servers": [issuer],
            "scopes_supported": [READ],
            "bearer_methods_supported": ["header"],
            "resource_name": "Weather",
        }
        self.access_tokens = AccessTokens(issuer, self.resource)


def main() -> None:
    parser = argparse.ArgumentParser(description="A weather server that takes access tokens of Portcullis")
    parser.add_argument("--issuer", default="http://127.0.0.1:8808", help="as its metadata has it (%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8810, help="port to listen on (%(default)s)")
    parser.add_argument("--resource", help="the URL that clients use, where a proxy stands in front")
    options = parser.parse_args()
    server = WeatherServer(options.host, options.port, options.issuer, options.resource)
    print(f"Weather at {server.resource}", file=sys.stderr, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
