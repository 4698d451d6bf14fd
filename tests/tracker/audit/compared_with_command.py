"""What verify.py says of a bundle, beside what `reprise audit verify` does."""

import base64
import json
import os
import shutil
import subprocess


def read(*parts):
    with open(os.path.join(*parts), "rb") as file:
        return file.read()


class ComparedWithCommand:
    """Of a test that has the module `verify`, the folder `bundles`, the executable `reprise`, and
    of each bundle that it changes the folder `bundle` in `scratch`."""
    origin = "bundle"  # Which of the bundles it begins with.
    is_compared = True  # Not where verify.py itself is changed.

    def compare_with_command(self, failed, lines, bundle, arguments):
        """`reprise audit verify` comes to the same as verify.py, which said `lines`."""
        if not self.is_compared:
            return
        if dict(self.verify.CHECKS)["signature"] is not self.verify.check_signature:
            bundle = self.signed_copy()
        result = subprocess.run([self.reprise, "audit", "verify", bundle, *arguments], text=True,
                                capture_output=True, check=False)
        said = result.stdout + result.stderr
        if result.returncode in (2, 3):  # What was brought along is refused before any check.
            self.assertEqual(failed, "anchor", said)
        elif failed is None:
            skipped = "ok      signature  taken as given"
            self.assertEqual([line for line in lines if line != skipped],
                             [line for line in result.stdout.split("\n")[:-1]
                              if skipped not in lines or not line.startswith(skipped[:17])], said)
            self.assertEqual(result.returncode, 0, said)
        else:
            self.assertEqual(result.stdout.split("\n")[-2].split()[:2], ["FAILED", failed],
                             "verify.py: %s; %s" % (lines[-1], said))
            self.assertEqual(result.returncode, 1, said)

    def signed_copy(self):
        """The bundle with a signature by the log's key, as only who has that can make it."""
        folder = os.path.join(self.scratch.name, "signed")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.bundle, folder)
        try:
            run = json.loads(read(folder, "report.json"))["run"]["id"]
        except (ValueError, TypeError, KeyError, RecursionError):
            run = "any"
        self.sign(folder, run)
        return folder

    def sign(self, folder, run):
        """Signs SHA256SUMS as it is."""
        key = self.verify.Key(read(folder, "keys", "checkpoint.vkey").decode())
        text = "%s\n%s\n%s\n" % (self.verify.BUNDLE_NOTE, run,
                                 self.verify.digest_name(read(folder, "SHA256SUMS")))
        path = os.path.join(self.scratch.name, "text")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        signature = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-in", path, "-inkey",
             os.path.join(self.bundles, "signing_keys", self.origin)],
            capture_output=True, check=True).stdout
        line = "%s%s %s\n" % (self.verify.DASH, key.name,
                              base64.b64encode(key.id + signature).decode())
        with open(os.path.join(folder, "SHA256SUMS.sig"), "w", encoding="utf-8") as file:
            file.write(text + "\n" + line)
