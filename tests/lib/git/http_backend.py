#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Git server over HTTP for the tests: `git http-backend` behind http.server.

http_backend.py ROOT [--tls CERT KEY] [--user NAME:PASSWORD] [--bearer TOKEN]
Prints its port. Paths below /hang never answer, /elsewhere redirects to another host.
"""
import argparse, base64, http.server, os, ssl, subprocess, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("root")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--user")
parser.add_argument("--bearer")
args = parser.parse_args()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def allowed(self):
        given = self.headers.get("Authorization", "")
        if args.user:
            return given == "Basic " + base64.b64encode(args.user.encode()).decode()
        return not args.bearer or given == "Bearer " + args.bearer

    def serve(self):
        body = self.read_body()
        path, _, query = self.path.partition("?")
        if path.startswith("/hang"):
            time.sleep(600)
        if path.startswith("/elsewhere"):
            return self.answer(302, [("Location", "http://elsewhere.invalid" + self.path)])
        if not self.allowed():
            return self.answer(401, [("WWW-Authenticate", 'Basic realm="git"')])
        env = dict(os.environ, GIT_PROJECT_ROOT=args.root, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path,
                   QUERY_STRING=query, REQUEST_METHOD=self.command,
                   CONTENT_TYPE=self.headers.get("Content-Type", ""), CONTENT_LENGTH=str(len(body)))
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((int(v.split()[0]) for k, v in headers if k == "Status"), 200)
        self.answer(status, [h for h in headers if h[0] != "Status"], content)

    def read_body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    do_GET = do_POST = serve


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if args.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*args.tls)
    server.socket = context.wrap_socket(server.socket, server_side=True)
sys.stdout.write(f"{server.server_address[1]}\n")
sys.stdout.flush()
server.serve_forever()
