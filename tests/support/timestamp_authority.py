"""A time stamping authority for tests: OpenSSL's own, with a root certificate of its own.

usage: timestamp_authority.py make FOLDER     makes its keys and certificates in the new FOLDER:
                                              root.pem is what is trusted, other.pem another root
       timestamp_authority.py reply FOLDER REQUEST RESPONSE
       timestamp_authority.py serve FOLDER    answers over HTTP (RFC 3161 section 3.4) on a port of
                                              this machine that it prints first; /refuse refuses
"""

import http.server
import os
import subprocess
import sys

CONFIGURATION = """
[ req ]
distinguished_name = name
prompt = no
[ name ]
CN = Test authority
[ root ]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[ tsa_certificate ]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ tsa ]
default_tsa = tsa_config
[ tsa_config ]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(folder, *arguments):
    subprocess.run(("openssl",) + arguments, cwd=folder, check=True, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT)


def make(folder):
    os.makedirs(folder)
    with open(os.path.join(folder, "tsa.cnf"), "w", encoding="utf-8") as file:
        file.write(CONFIGURATION)
    with open(os.path.join(folder, "serial"), "w", encoding="utf-8") as file:
        file.write("01\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf")
    for root in ("root", "other"):
        openssl(folder, "req", "-x509", *curve, "-extensions", "root", "-subj",
                "/CN=Test %s" % root, "-days", "3650", "-keyout", root + ".key", "-out",
                root + ".pem")
    openssl(folder, "req", *curve, "-subj", "/CN=Test stamps/O=Tests", "-keyout", "tsa.key", "-out",
            "tsa.csr")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
            "-set_serial", "2", "-days", "365", "-extfile", "tsa.cnf", "-extensions",
            "tsa_certificate", "-out", "tsa.pem")


def reply(folder, request, response):
    openssl(folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", os.path.abspath(request),
            "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", os.path.abspath(response))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # The name that http.server calls.
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/refuse" or self.headers["Content-Type"] != "application/timestamp-query":
            self.send_error(403)
            return
        request = os.path.join(self.server.folder, "http.tsq")
        response = os.path.join(self.server.folder, "http.tsr")
        with open(request, "wb") as file:
            file.write(body)
        reply(self.server.folder, request, response)
        with open(response, "rb") as file:
            answer = file.read()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def serve(folder):
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.folder = folder
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    {"make": make, "reply": reply, "serve": serve}[sys.argv[1]](*sys.argv[2:])
