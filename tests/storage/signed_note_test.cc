// Signed notes and checkpoints against the examples of their specifications, and against all the
// ways of being malformed.

#include "storage/signed_note.h"

#include <gtest/gtest.h>

#include "tests/support/ledgers.h"

namespace reprise::storage {
namespace {

using testing::TestKey;

// c2sp.org/signed-note, its example.
constexpr std::string_view kSpecKey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr std::string_view kSpecNote =
    "This is an example message.\n"
    "\n"
    "\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mF"
    "XmRKuwHjG1Yu72IneyaQM=\n";

// golang.org/x/mod/sumdb/note, its example, with the private key.
constexpr std::string_view kGoKey =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kGoSeed = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr std::string_view kGoText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kGoNote =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n";

crypto::Ed25519PrivateKey GoPrivateKey() {
  const std::string bytes = *FromBase64(kGoSeed);  // The algorithm, then the seed.
  return *crypto::Ed25519PrivateKey::FromSeed(AsBytes(bytes).subspan(1));
}

std::string Replace(std::string_view text, std::string_view from, std::string_view to) {
  std::string result(text);
  result.replace(result.find(from), from.size(), to);
  return result;
}

std::string Lines(std::string_view note) {  // Its signature lines.
  return std::string(note.substr(note.rfind("\n\n") + 2));
}

TEST(NoteKeyTest, TheSpecificationsExamplesParseAndComeBack) {
  for (const std::string_view text : {kSpecKey, kGoKey}) {
    const auto key = NoteKey::Parse(text);
    ASSERT_TRUE(key.ok()) << key.error().message;
    EXPECT_EQ(key->ToText(), text);
  }
  EXPECT_EQ(NoteKey::Parse(kSpecKey)->id(), 0x530d903aU);
  EXPECT_EQ(NoteKey::Parse(kSpecKey)->name, "example.com/foo");
}

TEST(NoteKeyTest, MalformedKeysAreRejected) {
  for (const std::string_view text : {
           "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
           "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv",
           "example.com/foo+530d903a+",
           "example.com/foo+530d903a",
           "example.com/foo",
           "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
           "",
       }) {
    EXPECT_FALSE(NoteKey::Parse(text).ok()) << text;
  }
}

TEST(SignedNoteTest, TheSpecificationsExamplesVerify) {
  EXPECT_EQ(*OpenNote(kSpecNote, *NoteKey::Parse(kSpecKey)), "This is an example message.\n");
  EXPECT_EQ(*OpenNote(kGoNote, *NoteKey::Parse(kGoKey)), kGoText);
}

TEST(SignedNoteTest, SigningGivesTheExampleByteForByte) {
  EXPECT_EQ(*SignNote(kGoText, "PeterNeumann", GoPrivateKey()), kGoNote);
  EXPECT_EQ((NoteKey{"PeterNeumann", GoPrivateKey().PublicKey()}).ToText(), kGoKey);
}

TEST(SignedNoteTest, ANoteThatParsesEncodesToTheSameBytes) {
  EXPECT_EQ(SignedNote::Parse(kSpecNote)->Encode(), kSpecNote);
  const std::string two = std::string(kGoNote) + Lines(kSpecNote);
  const auto note = SignedNote::Parse(two);
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->signatures.size(), 2U);
  EXPECT_EQ(note->Encode(), two);
}

TEST(SignedNoteTest, TheTextMayHaveEmptyLines) {
  const std::string text = "one\n\n\ntwo\n";
  const std::string note = *SignNote(text, "k", TestKey());
  EXPECT_EQ(*OpenNote(note, {"k", TestKey().PublicKey()}), text);
}

TEST(SignedNoteTest, EveryFlippedByteIsRejected) {
  const NoteKey key = *NoteKey::Parse(kSpecKey);
  for (std::size_t position = 0; position < kSpecNote.size(); ++position) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped(kSpecNote);
      flipped[position] = static_cast<char>(flipped[position] ^ (1 << bit));
      EXPECT_FALSE(OpenNote(flipped, key).ok()) << position << "." << bit;
    }
  }
}

TEST(SignedNoteTest, MalformedNotesAreRejected) {
  const std::string note(kSpecNote);
  for (const std::string& wrong : {
           std::string(),
           std::string("\n"),
           std::string("\n\n"),
           std::string("text\n\n"),
           note.substr(0, note.size() - 1),
           Replace(note, ".\n\n", ".\n"),
           Replace(note, "\u2014", "-"),
           Replace(note, "\u2014 ", "\u2014"),
           Replace(note, "This", "Th\x07s"),
           Replace(note, "message.\n", "message.\r\n"),
           Replace(note, "This", "Th\xFFs"),
           Replace(note, "yaQM=", "yaQN="),  // Unused bits that are not zero.
           Replace(note, "yaQM=", "yaQM"),
           Replace(note, "foo Uw", "f+o Uw"),
           Replace(note, "foo Uw", "f\u00A0o Uw"),
           Replace(note, "foo Uw", "f\u3000o Uw"),
           Replace(note, "example.com/foo U", " U"),
           note + "junk\n",
           note + "\n",
           note + "\u2014 short AAAAAA==\n",  // A key id without a signature.
           std::string(kNoteSizeBytesMax, 'x') + note,
       }) {
    EXPECT_FALSE(SignedNote::Parse(wrong).ok()) << Printable(wrong.substr(0, 300));
  }
}

TEST(SignedNoteTest, SignaturesOfUnknownKeysAreIgnored) {
  const NoteKey key = *NoteKey::Parse(kSpecKey);
  // Another name; the same name with another id; another algorithm's long signature.
  const std::string witness =
      "\u2014 witness.example mJirIklj\n\u2014 example.com/foo AAAAAGp1bms=\n"
      "\u2014 pq.example " +
      ToBase64(AsBytes(std::string(2424, 'p'))) + "\n";
  EXPECT_TRUE(OpenNote(std::string(kSpecNote) + witness, key).ok());
  const std::string unknown_only = "This is an example message.\n\n" + witness;
  EXPECT_FALSE(OpenNote(unknown_only, key).ok());
}

TEST(SignedNoteTest, AWrongSignatureByAKnownKeyIsNotMadeGoodByAnother) {
  const std::string note = *SignNote("text\n", "good", TestKey()) + Lines(kSpecNote);
  const std::vector<NoteKey> keys{{"good", TestKey().PublicKey()}, *NoteKey::Parse(kSpecKey)};
  const auto parsed = SignedNote::Parse(note);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->Verify({keys.data(), 1}).ok());
  EXPECT_FALSE(parsed->Verify(keys).ok());
}

TEST(SignedNoteTest, SixteenSignaturesAreAcceptedAndThousandsAreNot) {
  std::string note = *SignNote("text\n", "k", TestKey());
  for (int i = 0; i < 15; ++i) note += "\u2014 junk" + std::to_string(i) + " AAAAAGp1bms=\n";
  EXPECT_TRUE(OpenNote(note, {"k", TestKey().PublicKey()}).ok());
  for (int i = 0; i < 1000; ++i) note += "\u2014 junk AAAAAGp1bms=\n";
  EXPECT_FALSE(SignedNote::Parse(note).ok());
}

TEST(SignedNoteTest, WhatCannotBeParsedIsNotSigned) {
  EXPECT_FALSE(SignNote("", "k", TestKey()).ok());
  EXPECT_FALSE(SignNote("no newline", "k", TestKey()).ok());
  EXPECT_FALSE(SignNote("bell\x07\n", "k", TestKey()).ok());
  EXPECT_FALSE(SignNote("text\n", "", TestKey()).ok());
  EXPECT_FALSE(SignNote("text\n", "a b", TestKey()).ok());
  EXPECT_FALSE(SignNote("text\n", "a+b", TestKey()).ok());
}

// Checkpoints ----------------------------------------------------------------------------------

// c2sp.org/tlog-checkpoint, its example; the key that signed it is not given there.
constexpr std::string_view kSpecCheckpoint =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zh"
    "cyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

TEST(CheckpointTest, TheSpecificationsExampleParsesAndComesBack) {
  const auto note = SignedNote::Parse(kSpecCheckpoint);
  ASSERT_TRUE(note.ok());
  const auto checkpoint = ParseCheckpoint(note->text);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint->size, 20852163U);
  EXPECT_EQ(ToBase64(checkpoint->root.bytes()), "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  EXPECT_EQ(FormatCheckpoint(*checkpoint), note->text);
}

TEST(CheckpointTest, ExtensionLinesAreKept) {
  const Checkpoint checkpoint{"log.example", 7, Digest(), {"one", "two words"}};
  EXPECT_EQ(*ParseCheckpoint(FormatCheckpoint(checkpoint)), checkpoint);
}

TEST(CheckpointTest, MalformedCheckpointsAreRejected) {
  const std::string root = ToBase64(Digest().bytes());
  for (const std::string& text :
       {std::string(), std::string("log.example\n7\n"), "log.example\n7\n" + root,
        "\n7\n" + root + "\n", "log.example\n07\n" + root + "\n", "log.example\n-7\n" + root + "\n",
        "log.example\n+7\n" + root + "\n", "log.example\n7 \n" + root + "\n",
        "log.example\n\n" + root + "\n", "log.example\n99999999999999999999\n" + root + "\n",
        "log.example\n9223372036854775808\n" + root + "\n",
        "log.example\n7\n" + root.substr(4) + "\n", std::string("log.example\n7\nAAAA\n"),
        "log.example\n7\n" + root + "\n\n", "log.example\n7\n" + root + "\n\nx\n"}) {
    EXPECT_FALSE(ParseCheckpoint(text).ok()) << Printable(text);
  }
}

TEST(CheckpointTest, OneIsOpenedOnlyByItsLogsKey) {
  const Checkpoint checkpoint{"log.example", 7, Digest(), {}};
  const NoteKey key{"log.example", TestKey().PublicKey()};
  const std::string note = *SignNote(FormatCheckpoint(checkpoint), "log.example", TestKey());
  EXPECT_EQ(*OpenCheckpoint(note, key), checkpoint);
  EXPECT_FALSE(OpenCheckpoint(note, {"log.example", TestKey(0x11).PublicKey()}).ok());
  // A key that signs for another log may not speak for this one.
  const std::string foreign = *SignNote(FormatCheckpoint(checkpoint), "other.example", TestKey());
  EXPECT_FALSE(OpenCheckpoint(foreign, {"other.example", TestKey().PublicKey()}).ok());
}

}  // namespace
}  // namespace reprise::storage
