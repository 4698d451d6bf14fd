// Keeping secrets out of what is recorded.
//
// Names decide, word by word ("--hf-token", "apiKey", "db.password"), with the shapes of well-known
// tokens and of URLs as a second net.  A name that only contains such a word as part of another
// ("--tokenizer", "--author", "--max_tokens", "--monkey") is left alone, as are numbers and flags
// where only the value could be secret ("--use_auth_token=true").  This lowers the risk; it cannot
// promise that no secret is ever recorded.
//
// Thread-safety: pure functions.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reprise::capture {

inline constexpr std::string_view kRedacted = "<redacted>";

// True for the name of an environment variable that may hold a secret: it contains TOKEN, SECRET,
// KEY, PASS, CRED, COOKIE or AUTH in any case.  Broader than what is done to arguments, since a
// variable that is left out costs less than a secret that is kept.
bool IsSecretVariable(std::string_view name);

struct RedactedText {
  std::string text;
  bool redacted = false;  // Something was replaced.
};

// `text` with the credentials in URLs ("https://user:password@host", "?access_token=…") and every
// well-known token (GitHub, GitLab, Hugging Face, AWS, Slack, OpenAI-like, JSON web tokens)
// replaced by <redacted>.  A lone user name of an ssh URL is not a credential.
RedactedText RedactText(std::string_view text);

struct RedactedArguments {
  std::vector<std::string> arguments;
  bool redacted = false;
};

// A command line with what RedactText() replaces and the values of secret options replaced:
// "--password=x", "--api-key x", "PASSWORD=x", "auth.token=x", "-H 'Authorization: Bearer x'",
// "--user name:x", and the same inside one argument of a shell ("sh -c '…'").
RedactedArguments RedactArguments(const std::vector<std::string>& arguments);

}  // namespace reprise::capture
