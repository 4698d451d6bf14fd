#include "lineage/query/lexer.h"

#include <algorithm>

#include "storage/base/bytes.h"

namespace reprise::lineage::query {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsWordCharacter(char c) {
  return !IsSpace(c) && std::string_view("()=!<>~,'\"").find(c) == std::string_view::npos;
}

char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool IsWord(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsWordCharacter);
}

void Lexer::SkipSpace() {
  while (position_ < text_.size() && IsSpace(text_[position_])) ++position_;
}

bool Lexer::AtEnd() {
  SkipSpace();
  return position_ == text_.size();
}

std::string_view Lexer::PeekWord() {
  SkipSpace();
  std::size_t end = position_;
  while (end < text_.size() && IsWordCharacter(text_[end])) ++end;
  return text_.substr(position_, end - position_);
}

std::string_view Lexer::TakeWord() {
  const std::string_view word = PeekWord();
  position_ += word.size();
  return word;
}

bool Lexer::TakeKeyword(std::string_view keyword) {
  if (!std::ranges::equal(PeekWord(), keyword, {}, LowerCase)) return false;
  position_ += keyword.size();
  return true;
}

bool Lexer::TakeSign(std::string_view sign) {
  SkipSpace();
  if (!text_.substr(position_).starts_with(sign)) return false;
  position_ += sign.size();
  return true;
}

bool Lexer::IsAtQuote() const {
  return position_ < text_.size() && (text_[position_] == '\'' || text_[position_] == '"');
}

Result<std::string> Lexer::TakeQuoted() {
  const char quote = text_[position_];
  std::string text;
  for (std::size_t i = position_ + 1; i < text_.size(); ++i) {
    if (text_[i] != quote) {
      text += text_[i];
    } else if (i + 1 < text_.size() && text_[i + 1] == quote) {
      text += quote;
      ++i;
    } else {
      position_ = i + 1;
      return text;
    }
  }
  return Fail("a quoted text does not end");
}

Error Lexer::Fail(std::string_view what) const {
  std::string caret;
  for (const char c : Printable(text_.substr(0, position_))) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) caret += ' ';
  }
  return {ErrorCode::kInvalidArgument, "the expression is wrong: " + std::string(what) + "\n  " +
                                           Printable(text_) + "\n  " + caret + "^"};
}

}  // namespace reprise::lineage::query
