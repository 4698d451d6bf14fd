#include "storage/base/bytes.h"

#include <gtest/gtest.h>

namespace reprise {
namespace {

using std::string_literals::operator""s;

TEST(LittleEndian, LeastSignificantByteComesFirst) {
  std::string out;
  AppendLe(out, std::uint32_t{0x01020304});
  AppendLe(out, std::uint8_t{0xFF});
  EXPECT_EQ(out, "\x04\x03\x02\x01\xFF");
  EXPECT_EQ(LoadLe<std::uint32_t>(AsBytes(out)), 0x01020304U);
  EXPECT_EQ(LoadLe<std::uint16_t>(AsBytes(out), 3), 0xFF01U);
}

TEST(LittleEndianDeathTest, ReadingBeyondTheEndIsABug) {
  EXPECT_DEATH((void)LoadLe<std::uint32_t>(AsBytes("abc")), "");
  EXPECT_DEATH((void)LoadLe<std::uint16_t>(AsBytes("abc"), 2), "");
}

TEST(Hex, ReadsBackInEitherCase) {
  const std::string bytes("\x00\x7F\x80\xFF", 4);
  EXPECT_EQ(ToHex(AsBytes(bytes)), "007f80ff");
  EXPECT_EQ(*FromHex("007f80ff"), bytes);
  EXPECT_EQ(*FromHex("007F80fF"), bytes);
  EXPECT_EQ(*FromHex(""), "");
}

TEST(Hex, AnythingElseIsRefused) {
  for (const std::string_view bad : {"0", "abc", "0g", "g0", "0x", " 0", "-1"}) {
    EXPECT_FALSE(FromHex(bad).ok()) << bad;
  }
}

TEST(Base64, WritesTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, base64] : vectors) {
    EXPECT_EQ(ToBase64(AsBytes(bytes)), base64);
    EXPECT_EQ(*FromBase64(base64), bytes);
  }
}

TEST(Base64, EveryByteValueSurvives) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(*FromBase64(ToBase64(AsBytes(bytes))), bytes);
  }
}

TEST(Base64, OneByteStringHasOneTextOnly) {
  for (const std::string_view bad :
       {"Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zh==", "Zm9=", "Zg==Zg==", "Zm9vYg=a", "Zg=g",
        "Zm 9", "Zm9\n", "Zm9v\n", "Zm-v", "Zm_v", "Z\0=="}) {
    EXPECT_FALSE(FromBase64(bad).ok()) << bad;
  }
}

TEST(Utf8, WellFormedSequencesAreThoseOfUnicodeTable37) {
  for (const std::string& good :
       {""s, "plain"s, "\0"s, "\x7F"s, "\xC2\x80"s, "\xDF\xBF"s, "\xE0\xA0\x80"s, "\xEC\xBF\xBF"s,
        "\xED\x9F\xBF"s, "\xEE\x80\x80"s, "\xEF\xBF\xBF"s, "\xF0\x90\x80\x80"s, "\xF3\xBF\xBF\xBF"s,
        "\xF4\x8F\xBF\xBF"s}) {
    EXPECT_TRUE(IsUtf8(good)) << ToHex(AsBytes(good));
    EXPECT_TRUE(IsUtf8("a" + good + "b")) << ToHex(AsBytes(good));
  }
}

TEST(Utf8, OverlongSurrogateTooLargeAndCutSequencesAreNot) {
  for (const std::string& bad : {"\x80"s,
                                 "\xBF"s,
                                 "\xC0\x80"s,
                                 "\xC1\xBF"s,
                                 "\xC2"s,
                                 "\xC2\x7F"s,
                                 "\xC2\xC0"s,
                                 "\xE0\x80\x80"s,
                                 "\xE0\x9F\xBF"s,
                                 "\xE1\x80"s,
                                 "\xE1\x80\xC0"s,
                                 "\xED\xA0\x80"s,
                                 "\xED\xBF\xBF"s,
                                 "\xF0\x80\x80\x80"s,
                                 "\xF0\x8F\xBF\xBF"s,
                                 "\xF1\x80\x80"s,
                                 "\xF1\x80\x80\x41"s,
                                 "\xF4\x90\x80\x80"s,
                                 "\xF5\x80\x80\x80"s,
                                 "\xFE"s,
                                 "\xFF"s}) {
    EXPECT_FALSE(IsUtf8(bad)) << ToHex(AsBytes(bad));
    EXPECT_FALSE(IsUtf8("a" + bad + "b")) << ToHex(AsBytes(bad));
    EXPECT_EQ(Utf8PrefixBytes("a\xC3\xA9" + bad), 3U) << ToHex(AsBytes(bad));
  }
}

// Encodes every 32-bit code below the limit by the rule of RFC 3629 and asks about each.
TEST(Utf8, EveryCodePointButSurrogatesIsWellFormed) {
  for (std::uint32_t code = 0x800; code < 0x110000; code += 7) {
    std::string text;
    if (code < 0x10000) {
      text += static_cast<char>(0xE0 | code >> 12);
    } else {
      text += static_cast<char>(0xF0 | code >> 18);
      text += static_cast<char>(0x80 | (code >> 12 & 63));
    }
    text += static_cast<char>(0x80 | (code >> 6 & 63));
    text += static_cast<char>(0x80 | (code & 63));
    EXPECT_EQ(IsUtf8(text), code < 0xD800 || code > 0xDFFF) << code;
  }
}

TEST(Printable, ShowsEveryByteAndNoControlReachesTheTerminal) {
  EXPECT_EQ(Printable("na\xC3\xAFve"), "na\xC3\xAFve");
  EXPECT_EQ(Printable("\x1B[31m\n\x7F"), "\\x1b[31m\\x0a\\x7f");
  EXPECT_EQ(Printable("a\xFF\\"), "a\\xff\\\\");
  EXPECT_EQ(Printable("\0"s), "\\x00");
}

// U+0080 to U+009F are the C1 controls; U+009B begins an escape sequence as ESC [ does.
TEST(Printable, TheControlsAboveAsciiAreEscapedToo) {
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "\\xc2\\x9b31m");
  EXPECT_EQ(Printable("\xC2\x80\xC2\x9F\xC2\xA0"), "\\xc2\\x80\\xc2\\x9f\xC2\xA0");
}

TEST(Printable, WhatTurnsTheDirectionOfTextIsEscapedToo) {
  EXPECT_EQ(Printable("a\u202Eb"), "a\\xe2\\x80\\xaeb");
  EXPECT_EQ(Printable("\u061C\u2028\u2066"), "\\xd8\\x9c\\xe2\\x80\\xa8\\xe2\\x81\\xa6");
  for (const std::string text : {"\u2027", "\u202F", "\u2065", "\u206A", "\u05D0"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

}  // namespace
}  // namespace reprise
