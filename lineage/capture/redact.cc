// A name is split into words at punctuation and at camelCase humps; what it names is in its last
// words, so "token_count" is a count and "hf_token" a token.  Words that are secrets in one field
// and everyday in another (token, key, pass, auth) count only in the company listed below.

#include "lineage/capture/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>

namespace reprise::capture {
namespace {

using Words = std::vector<std::string>;

bool IsOneOf(std::string_view word, std::span<const std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool IsAlpha(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool IsUpper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string LowerText(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

Words WordsOf(std::string_view name) {
  Words words(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool hump = IsUpper(c) && i > 0 &&
                      (!IsUpper(name[i - 1]) ||
                       (i + 1 < name.size() && !IsUpper(name[i + 1]) && IsAlpha(name[i + 1])));
    if ((hump || !IsAlnum(c)) && !words.back().empty()) words.emplace_back();
    if (IsAlnum(c)) words.back() += Lower(c);
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// Secret wherever they stand at the end of a name.
constexpr std::array<std::string_view, 23> kSecretWords = {
    "password",  "passwd",     "passphrase",    "passcode",  "pwd",       "secret",
    "secrets",   "credential", "credentials",   "creds",     "cred",      "cookie",
    "cookies",   "apikey",     "authorization", "bearer",    "authtoken", "accesstoken",
    "secretkey", "privatekey", "accesskey",     "passwords", "apitoken"};

// Before "key": what makes a key one that opens something.
constexpr std::array<std::string_view, 26> kKeyCompany = {
    "api",     "access",     "secret", "private",   "auth",    "account",      "storage",
    "signing", "encryption", "ssh",    "license",   "service", "master",       "wandb",
    "neptune", "comet",      "openai", "anthropic", "hf",      "subscription", "deploy",
    "client",  "shared",     "aws",    "azure",     "gcp"};

// Before "token": text processing, not access.
constexpr std::array<std::string_view, 40> kTokenCompany = {
    "pad",     "eos",   "bos",   "unk",   "mask",     "sep",      "cls",    "special",
    "image",   "stop",  "start", "end",   "begin",    "per",      "max",    "min",
    "num",     "n",     "by",    "extra", "new",      "last",     "first",  "next",
    "prompt",  "class", "video", "audio", "vocab",    "target",   "source", "unknown",
    "padding", "eot",   "sot",   "eod",   "sentinel", "register", "object", "blank"};

// Before "pass": whose password it is.
constexpr std::array<std::string_view, 16> kPassCompany = {
    "db",   "user", "login", "smtp",     "ssh",   "proxy", "admin", "root",
    "http", "ftp",  "mysql", "postgres", "redis", "basic", "auth",  "mail"};

// First words of switches, which take no value.
constexpr std::array<std::string_view, 14> kSwitchWords = {
    "use", "no", "with", "enable", "disable", "require", "save",
    "has", "is", "skip", "allow",  "show",    "without", "need"};

bool IsSecretName(std::string_view name) {
  const Words words = WordsOf(name);
  if (words.empty()) return false;
  const std::string& last = words.back();
  const std::string_view before = words.size() > 1 ? std::string_view(words[words.size() - 2]) : "";
  if (IsOneOf(last, kSecretWords)) return true;
  if (last == "key") return IsOneOf(before, kKeyCompany);
  if (last == "token") return !IsOneOf(before, kTokenCompany);
  if (last == "tokens") {
    return before == "api" || before == "auth" || before == "access" || before == "secret";
  }
  if (last == "pass") return words.size() == 1 || IsOneOf(before, kPassCompany);
  if (last == "auth") return words.size() == 1 || before == "basic" || before == "http";
  // An id that is a secret: Vault's secret_id, AWS's secret_access_key (above by "access key").
  return last == "id" && before == "secret";
}

bool IsNumberOrSwitch(std::string_view value) {
  static constexpr std::array<std::string_view, 11> kSwitches = {
      "true", "false", "yes", "no", "on", "off", "none", "null", "auto", "default", "required"};
  if (IsOneOf(LowerText(value), kSwitches)) return true;
  return !value.empty() && value.size() <= 12 &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return IsDigit(c) || c == '.' || c == '-' || c == '+'; });
}

// Values of a secret-looking option that are evidently no secret.
bool IsHarmless(std::string_view name, std::string_view value) {
  if (value.empty() || value == kRedacted || value.starts_with('$')) return true;
  const Words words = WordsOf(name);
  const std::string& last = words.back();
  // A number may well be a password, but hardly a token.
  const bool may_be_number = last.starts_with("pass") || last == "pwd" || last == "secret";
  if (IsNumberOrSwitch(value)) return !may_be_number || !IsDigit(value.front());
  const bool is_path = value.starts_with("/") || value.starts_with("./") ||
                       value.starts_with("../") || value.starts_with("~");
  // Files that hold secrets; and pwd is as often the working directory.
  if (is_path &&
      (last == "pwd" || last == "key" || last.starts_with("cred") || last.starts_with("cookie"))) {
    return true;
  }
  // "<pad>", "[MASK]": text tokens.
  return last == "token" && (value.starts_with('<') || value.starts_with('['));
}

bool IsSecretPair(std::string_view name, std::string_view value) {
  return IsSecretName(name) && !IsHarmless(name, value);
}

// --- Well-known tokens ---------------------------------------------------------------------

struct TokenShape {
  std::string_view prefix;
  std::size_t rest_min;  // Characters of [A-Za-z0-9_-] that must follow.
};
constexpr std::array<TokenShape, 20> kTokenShapes = {
    {{"ghp_", 30},        {"gho_", 30},   {"ghu_", 30},    {"ghs_", 30},  {"ghr_", 30},
     {"github_pat_", 30}, {"glpat-", 20}, {"hf_", 30},     {"sk-", 32},   {"sk_live_", 16},
     {"AKIA", 16},        {"ASIA", 16},   {"xoxb-", 10},   {"xoxp-", 10}, {"xoxa-", 10},
     {"xoxs-", 10},       {"AIza", 35},   {"dop_v1_", 40}, {"npm_", 36},  {"pypi-", 40}}};

bool IsTokenCharacter(char c) { return IsAlnum(c) || c == '_' || c == '-'; }

std::size_t TokenRun(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), IsTokenCharacter) -
                                  text.begin());
}

// The length of the well-known token that `text` begins with, or 0.
std::size_t TokenLength(std::string_view text) {
  const std::size_t run = TokenRun(text);
  for (const TokenShape& shape : kTokenShapes) {
    if (!text.starts_with(shape.prefix) || run < shape.prefix.size() + shape.rest_min) continue;
    const std::string_view rest = text.substr(shape.prefix.size(), run - shape.prefix.size());
    // Names of models and folders begin like that, too, but have no digits or no upper case.
    if (std::any_of(rest.begin(), rest.end(), IsDigit)) return run;
  }
  // A JSON web token: three runs of base64url; the first two are objects, "{\"" being "eyJ".
  if (!text.starts_with("eyJ") || text.substr(run, 4) != ".eyJ") return 0;
  const std::size_t second = run + 1 + TokenRun(text.substr(run + 1));
  if (second >= text.size() || text[second] != '.') return 0;
  return second + 1 + TokenRun(text.substr(second + 1));
}

RedactedText RedactTokens(std::string_view text) {
  RedactedText result;
  for (std::size_t i = 0; i < text.size();) {
    const bool at_start = i == 0 || !IsTokenCharacter(text[i - 1]);
    const std::size_t length = at_start ? TokenLength(text.substr(i)) : 0;
    if (length == 0) {
      result.text += text[i++];
      continue;
    }
    result.text += kRedacted;
    result.redacted = true;
    i += length;
  }
  return result;
}

// --- URLs ----------------------------------------------------------------------------------

constexpr std::string_view kUrlEnd = " \t\r\n\"'`<>|";

// The user part of a URL's authority, redacted if it may be a credential.
std::string RedactUserInfo(std::string_view scheme, std::string_view user, bool& redacted) {
  const bool is_ssh = scheme.ends_with("ssh");
  const std::size_t colon = user.find(':');
  if (is_ssh && colon == std::string_view::npos) return std::string(user);
  if (user == kRedacted) return std::string(user);
  redacted = true;
  return std::string(kRedacted);
}

bool IsSecretQuery(std::string_view name) {
  const std::string lower = LowerText(name);
  static constexpr std::array<std::string_view, 6> kQueryNames = {
      "sig", "signature", "x-amz-signature", "x-amz-security-token", "x-goog-signature", "key"};
  return IsOneOf(lower, kQueryNames) || IsSecretName(name);
}

RedactedText RedactUrls(std::string_view text);

// `query` begins behind the "?".  A value may be a URL itself, with a query of its own.
std::string RedactQuery(std::string_view query, bool& redacted) {
  std::string result;
  while (!query.empty()) {
    std::size_t end = std::min(query.find_first_of("&;#"), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && equals + 1 < pair.size() &&
        pair.substr(equals + 1) != kRedacted && IsSecretQuery(pair.substr(0, equals))) {
      result.append(pair.substr(0, equals + 1)).append(kRedacted);
      redacted = true;
    } else {
      end = std::min(pair.find('?'), pair.size());
      const RedactedText value = RedactUrls(pair.substr(0, end));
      result += value.text;
      redacted |= value.redacted;
    }
    if (end < query.size()) result += query[end];
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return result;
}

// Where the next URL in `text` begins, with its scheme; the end if there is none.
std::size_t FindUrl(std::string_view text) {
  std::size_t start = text.find("://");
  if (start == std::string_view::npos) return text.size();
  while (start > 0 && (IsAlnum(text[start - 1]) || text[start - 1] == '+')) --start;
  return start;
}

// Where the user part of `url`, which begins behind "://", ends, if it has one.
std::optional<std::size_t> FindUserEnd(std::string_view url) {
  const std::size_t authority_end = std::min(url.find_first_of("/?#"), url.size());
  std::size_t at = url.substr(0, authority_end).rfind('@');
  const std::size_t port = url.substr(0, authority_end).find(':');
  // A password may hold an unescaped slash; a port is a number.
  if (at == std::string_view::npos && port != std::string_view::npos && port + 1 < authority_end &&
      !IsDigit(url[port + 1])) {
    at = url.rfind('@');
  }
  return at == std::string_view::npos ? std::nullopt : std::optional(at);
}

RedactedText RedactUrls(std::string_view text) {
  RedactedText result;
  std::size_t url_end = 0;  // Of the text without blanks that begins `text`; 0: not known.
  for (;;) {
    const std::size_t start = FindUrl(text);
    if (start == text.size()) break;
    const std::size_t colon = text.find("://");
    const std::string_view scheme = text.substr(start, colon - start);
    result.text.append(text.substr(0, colon + 3));
    text.remove_prefix(colon + 3);
    // What was redacted before is not the end of a URL.
    const bool is_redacted = text.starts_with(kRedacted);
    url_end = url_end > 0 && !is_redacted
                  ? url_end - (colon + 3)
                  : std::min(text.find_first_of(kUrlEnd, is_redacted ? kRedacted.size() : 0),
                             text.size());
    std::string_view rest = text.substr(0, url_end);
    if (const auto user_end = FindUserEnd(rest)) {
      result.text += RedactUserInfo(scheme, rest.substr(0, *user_end), result.redacted);
      rest.remove_prefix(*user_end);
    }
    // Another URL may follow without a blank, as in lists and in the paths of proxies.
    const std::size_t query = std::min(rest.find('?'), rest.size());
    const std::size_t path_end = FindUrl(rest.substr(0, query));
    result.text += rest.substr(0, path_end);
    rest.remove_prefix(path_end);
    if (path_end == query && !rest.empty()) {
      result.text += '?';
      result.text += RedactQuery(rest.substr(1), result.redacted);
      rest = {};
    }
    text.remove_prefix(url_end - rest.size());
    url_end = rest.size();
  }
  result.text += text;
  return result;
}

// --- Arguments -----------------------------------------------------------------------------

// What the argument before says of the next one.
enum class Next {
  kOrdinary,
  kSecret,        // "--password": the whole argument.
  kUserPassword,  // "--user": what follows the colon.
  kScheme,        // "Bearer" in a header's text: the whole word.
};

struct State {
  Next next = Next::kOrdinary;
  std::string name;  // The option's, for Next::kSecret.
  bool is_curl = false;
  bool redacted = false;
};

bool IsName(std::string_view text) {
  return !text.empty() && (IsAlpha(text[0]) || text[0] == '_') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlnum(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == ':';
         });
}

std::string RedactUserPassword(const std::string& argument, State& state) {
  const std::size_t colon = argument.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == argument.size() ||
      argument.find('/') < colon) {
    return argument;
  }
  // Numeric user and group ids, as containers take them.
  if (IsNumberOrSwitch(argument.substr(0, colon)) && IsNumberOrSwitch(argument.substr(colon + 1))) {
    return argument;
  }
  state.redacted = true;
  return argument.substr(0, colon + 1) + std::string(kRedacted);
}

// One argument, or one word of a shell's text.
std::string RedactWord(const std::string& word, State& state) {
  const Next next = std::exchange(state.next, Next::kOrdinary);
  const std::size_t dashes = std::min(word.find_first_not_of("-+"), word.size());
  const bool is_option = dashes > 0 && dashes < word.size() && IsAlpha(word[dashes]);
  const std::size_t equals = word.find('=');
  const bool is_pair = equals != std::string::npos && equals > dashes;
  if (!is_option && next == Next::kUserPassword) return RedactUserPassword(word, state);
  if (!is_option && !word.empty() &&
      ((next == Next::kSecret && !IsHarmless(state.name, word)) || next == Next::kScheme)) {
    state.redacted = true;
    return std::string(kRedacted);
  }
  if (is_pair) {
    const std::string name = word.substr(dashes, equals - dashes);
    std::string value = word.substr(equals + 1);
    if (IsName(name) && IsSecretPair(name, value)) {
      state.redacted = true;
      return word.substr(0, equals + 1) + std::string(kRedacted);
    }
    if (name == "user" || name == "proxy-user") value = RedactUserPassword(value, state);
    // "--env=NAME=value", "-e=NAME=value".
    if (value.find('=') != std::string::npos && !value.starts_with('-')) {
      value = RedactWord(value, state);
    }
    return word.substr(0, equals + 1) + value;
  }
  if (!is_option) return word;
  const std::string name = word.substr(dashes);
  const Words words = WordsOf(name);
  if (name == "user" || name == "proxy-user" || (name == "u" && state.is_curl)) {
    state.next = Next::kUserPassword;
  } else if (IsSecretName(name) && !IsOneOf(words.front(), kSwitchWords)) {
    state.next = Next::kSecret;
    state.name = name;
  }
  return word;
}

bool IsSchemeWord(std::string_view word) {
  const std::string lower = LowerText(word);
  return lower == "bearer" || lower == "basic";
}

// "Authorization: Bearer x", "Cookie: a=b", "X-Api-Key: x" up to the end of the quoted text.
std::optional<std::string> RedactHeader(const std::string& argument, State& state) {
  const std::size_t colon = argument.find(": ");
  if (colon == std::string::npos || !IsName(argument.substr(0, colon))) return std::nullopt;
  const std::string value = argument.substr(colon + 2);
  if (!IsSecretPair(argument.substr(0, colon), value)) return std::nullopt;
  state.redacted = true;
  return argument.substr(0, colon + 2) + std::string(kRedacted);
}

// An argument with blanks in it: a shell's text or prose.
std::string RedactPhrase(const std::string& phrase, State& state) {
  if (auto header = RedactHeader(phrase, state)) return *std::move(header);
  constexpr std::string_view kBreaks = " \t\r\n\"';&|()";
  std::string result;
  State inner;
  for (std::size_t i = 0; i < phrase.size();) {
    if (kBreaks.find(phrase[i]) != std::string_view::npos) {
      result += phrase[i++];
      continue;
    }
    const std::size_t end = std::min(phrase.find_first_of(kBreaks, i), phrase.size());
    const std::string word = phrase.substr(i, end - i);
    result += RedactWord(word, inner);
    const bool is_header =
        word.size() > 1 && word.ends_with(':') && IsSecretName(word.substr(0, word.size() - 1));
    if (IsSchemeWord(word) || is_header) inner.next = Next::kScheme;
    if (word == "curl") inner.is_curl = true;
    // "Authorization: Bearer x": the scheme itself is not the secret.
    i = end;
    if (is_header) {
      const std::size_t start = phrase.find_first_not_of(' ', end);
      const std::size_t stop = std::min(phrase.find_first_of(kBreaks, start), phrase.size());
      if (start < stop && IsSchemeWord(phrase.substr(start, stop - start))) {
        inner.next = Next::kOrdinary;
      }
    }
  }
  state.redacted |= inner.redacted;
  return result;
}

}  // namespace

bool IsSecretVariable(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kParts = {"token", "secret", "key", "pass",
                                                             "cred",  "cookie", "auth"};
  const std::string lower = LowerText(name);
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

RedactedText RedactText(std::string_view text) {
  RedactedText urls = RedactUrls(text);
  RedactedText tokens = RedactTokens(urls.text);
  tokens.redacted |= urls.redacted;
  return tokens;
}

RedactedArguments RedactArguments(const std::vector<std::string>& arguments) {
  RedactedArguments result;
  State state;
  if (!arguments.empty()) {
    const std::string& command = arguments.front();
    state.is_curl = command == "curl" || command.ends_with("/curl");
  }
  for (const std::string& argument : arguments) {
    // URLs first: a password in one may hold any character.
    RedactedText text = RedactText(argument);
    state.redacted |= text.redacted;
    const bool is_phrase = text.text.find_first_of(" \t\n") != std::string::npos &&
                           state.next == Next::kOrdinary && !text.text.starts_with("-");
    result.arguments.push_back(is_phrase ? RedactPhrase(text.text, state)
                                         : RedactWord(text.text, state));
  }
  result.redacted = state.redacted;
  return result;
}

}  // namespace reprise::capture
