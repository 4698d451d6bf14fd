#include "lineage/capture/pattern_list.h"

#include <gtest/gtest.h>

#include "storage/ignore.h"

namespace reprise::capture {
namespace {

bool Matches(std::string_view pattern, std::string_view path) {
  PatternList list;
  list.Add(pattern);
  return list.FirstMatch(path).has_value();
}

TEST(PatternList, TheFirstOfAllFormsWins) {
  PatternList list;
  for (const char* pattern : {"/etc/ld.so.cache", "**/*.pyc", "/usr/lib/python3*/",
                              "**/__pycache__/", "/usr/", "**/core", "/usr/lib/", "/"}) {
    list.Add(pattern);
  }
  EXPECT_EQ(list.size(), 8U);
  EXPECT_EQ(list.FirstMatch("/etc/ld.so.cache"), 0U);
  EXPECT_EQ(list.FirstMatch("/usr/lib/python3.11/__pycache__/a.pyc"), 1U);
  EXPECT_EQ(list.FirstMatch("/usr/lib/python3.11/__pycache__/a"), 2U);
  EXPECT_EQ(list.FirstMatch("/home/a/__pycache__"), 3U);
  EXPECT_EQ(list.FirstMatch("/usr/lib/core"), 4U);
  EXPECT_EQ(list.FirstMatch("/home/core"), 5U);
  EXPECT_EQ(list.FirstMatch("/home/cores"), 7U);
  EXPECT_EQ(list.FirstMatch("/"), 7U);
  EXPECT_EQ(list.FirstMatch("relative"), std::nullopt);
}

TEST(PatternList, ATrailingSlashMeansTheFolderAndAllBelow) {
  for (const char* path : {"/usr", "/usr/a", "/usr/a/b"}) EXPECT_TRUE(Matches("/usr/", path));
  EXPECT_FALSE(Matches("/usr/", "/usr2"));
  for (const char* path : {"/x/e1", "/x/e1/a/b"}) EXPECT_TRUE(Matches("/x/e[0-9]/", path)) << path;
  EXPECT_FALSE(Matches("/x/e[0-9]/", "/x/e"));
  EXPECT_FALSE(Matches("/usr/**", "/usr"));
}

TEST(PatternList, EveryFormAgreesWithTheMatcherOfGlobs) {
  for (const char* pattern :
       {"/a/b", "**/b", "**/*.x", "**/a/b", "a/*", "/a/**", "/a/**/b", "/*/b", "**/*.x.y", "**/.x",
        "/a/[bc]", "/a\\b", "**/\\*", "/a?b", "**", "/a/**/*.x", "a**b", "/[]b]"}) {
    for (const char* path :
         {"/a/b",     "/a/c/b", "b",          "/b",  "/x/a/b", "/a/b.x", "/a/.x",
          "/a/b.x.y", "a/b",    "/a",         "/ab", "/*",     "/a/*",   "/a\nb",
          "",         "/",      "/a/c/d/e.x", "ab",  "/]b",    "/]",     "//b"}) {
      EXPECT_EQ(Matches(pattern, path), storage::MatchGlob(pattern, path))
          << pattern << " " << path;
    }
  }
}

TEST(PatternList, WhatIsEscapedMatchesItselfOnly) {
  const std::string odd = "/home/[x]*?\\y";
  EXPECT_TRUE(Matches(EscapeGlob(odd), odd));
  EXPECT_FALSE(Matches(EscapeGlob(odd), "/home/xab\\y"));
  EXPECT_TRUE(Matches(EscapeGlob(odd) + "/*.py", odd + "/a.py"));
}

TEST(PatternList, TheLiteralFolderEndsBeforeTheFirstName) {
  EXPECT_EQ(LiteralFolder("/a/b/"), "/a/b");
  EXPECT_EQ(LiteralFolder("/a/b*/c"), "/a");
  EXPECT_EQ(LiteralFolder("/a\\*/b/*"), "/a*/b");
  EXPECT_EQ(LiteralFolder("**/x"), "");
  EXPECT_EQ(LiteralFolder("/"), "");
}

}  // namespace
}  // namespace reprise::capture
