"""A bundle that a test breaks, and what verify.py and `reprise audit verify` say of it then.

Whatever a test gives to verify.py is given to the command too, which must come to the same: the
same check fails, or all pass with the same words.  Tests that import this take the arguments
VERIFY_PY BUNDLES REPRISE (BUNDLES as make_bundles writes them).
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from compared_with_command import ComparedWithCommand, read

VERIFY_PY, BUNDLES, REPRISE = map(os.path.abspath, sys.argv[1:4])
SPEC = importlib.util.spec_from_file_location("verify", VERIFY_PY)
verify = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(verify)


class BundleTest(ComparedWithCommand, unittest.TestCase):
    verify, bundles, reprise = verify, BUNDLES, REPRISE

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.bundle = os.path.join(self.scratch.name, "bundle")
        shutil.copytree(os.path.join(BUNDLES, self.origin), self.bundle)

    def path(self, name):
        return os.path.join(self.bundle, *name.split("/"))

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def names(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.bundle)
                      for folder, _, names in os.walk(self.bundle) for name in names)

    def run_checks(self, *arguments, bundle=None):
        """The name of the check that failed, and what was said."""
        lines = []
        options = verify.parse_options([bundle or self.bundle, *arguments])
        failed = verify.verify(options.bundle, options, lines.append)
        self.compare_with_command(failed, lines, bundle or self.bundle, arguments)
        return failed, "\n".join(lines)

    def run_script(self, script, *arguments, isolated=False, folder=None):
        """Exit status and output of verify.py as a command."""
        options = ["-B", "-I", "-S"] if isolated else ["-B"]
        result = subprocess.run([sys.executable, *options, script, *arguments], cwd=folder,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                errors="surrogateescape", check=False)
        return result.returncode, result.stdout

    def expect(self, name, text, *arguments):
        failed, said = self.run_checks(*arguments)
        self.assertEqual(failed, name, said)
        self.assertIn(text, said)

    def reseal(self):
        """Makes SHA256SUMS fit again, as somebody would who has no key, and skips its signature."""
        sums = "".join("%s  %s\n" % (hashlib.sha256(read(self.bundle, name)).hexdigest(), name)
                       for name in self.names() if not name.startswith("SHA256SUMS"))
        self.write("SHA256SUMS", sums.encode())

    def expect_without_signature(self, name, text, *arguments):
        """As expect(), for a forger who got SHA256SUMS signed: only what lies deeper may notice."""
        self.reseal()
        self.expect("signature", "not the one that was signed")
        kept = verify.CHECKS
        verify.CHECKS = [(n, self.trusting if n == "signature" else c) for n, c in kept]
        try:
            self.expect(name, text, *arguments)
        finally:
            verify.CHECKS = kept

    @staticmethod
    def trusting(bundle, _):
        bundle.key = verify.Key(bundle.file("keys/checkpoint.vkey").decode())
        subject = verify.parse_json(bundle.file("report.json"), "report.json")["subject"]
        bundle.signed_name = ("" if subject["kind"] == "run" else subject["kind"] + " ") + (
            subject["name"])
        return "taken as given"

    def headers(self):
        return read(self.bundle, "log/headers.jsonl").split(b"\n")[:-1]

    def write_headers(self, lines):
        self.write("log/headers.jsonl", b"".join(line + b"\n" for line in lines))
