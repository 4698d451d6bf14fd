#include "lineage/query/parser.h"

#include <gtest/gtest.h>

namespace reprise::lineage::query {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

std::string Canonical(const std::string& text) {
  const auto expression = Parse(text, kNow);
  if (!expression.ok()) return expression.error().message;
  const std::string canonical = ToText(*expression);
  const auto again = Parse(canonical, 0);
  EXPECT_TRUE(again.ok() && *again == *expression) << canonical;
  return canonical;
}

TEST(Parser, EqualExpressionsHaveOneText) {
  EXPECT_EQ(Canonical("  metrics.auc>0.75  AND(params.eta<=1e-1)"),
            "metrics.auc > 0.75 and params.eta <= 1e-1");
  EXPECT_EQ(Canonical("status==failed"), "status = 'failed'");
  EXPECT_EQ(Canonical("((name ~ \"a b\"))"), "name ~ 'a b'");
  EXPECT_EQ(Canonical("a.b = 1").find("the expression is wrong: a field is expected"), 0U);
  EXPECT_EQ(Canonical("not (not status <> finished)"), "not not status != 'finished'");
  EXPECT_EQ(Canonical("tags.x IS NULL or tags.y is Not null"),
            "tags.x is null or tags.y is not null");
  EXPECT_EQ(Canonical("params.a NOT IN (1, 'x''y')"), "params.a not in (1, 'x''y')");
  EXPECT_EQ(Canonical("host not like 'gpu\\_%'"), "host not like 'gpu\\_%'");
}

TEST(Parser, ParenthesesStayWhereTheyMatter) {
  EXPECT_EQ(Canonical("(id=a or id=b) and id=c"), "(id = 'a' or id = 'b') and id = 'c'");
  EXPECT_EQ(Canonical("id=a or (id=b and id=c)"), "id = 'a' or id = 'b' and id = 'c'");
  EXPECT_EQ(Canonical("id=a and (id=b and id=c)"), "id = 'a' and (id = 'b' and id = 'c')");
  EXPECT_EQ(Canonical("not (id=a and id=b)"), "not (id = 'a' and id = 'b')");
}

TEST(Parser, KeysAreQuotedWhereTheyNeedIt) {
  EXPECT_EQ(Canonical("metrics.'val loss'.max < 1"), "metrics.'val loss.max' < 1");
  EXPECT_EQ(Canonical("tags.\"it's\" = x"), "tags.'it''s' = 'x'");
  EXPECT_EQ(Canonical("params.'eta' = x"), "params.eta = 'x'");
}

TEST(Parser, TimesBecomeAbsoluteAndDurationsSeconds) {
  EXPECT_EQ(Canonical("started >= 2d"), "started >= '2023-11-12T22:13:20.000Z'");
  EXPECT_EQ(Canonical("ended < now-1h"), "ended < '2023-11-14T21:13:20.000Z'");
  EXPECT_EQ(Canonical("duration > 90m"), "duration > 5400");
  EXPECT_EQ(Canonical("duration > 90"), "duration > 90");
  EXPECT_EQ(Canonical("duration > 50ms"), "duration > 0.05");
  EXPECT_EQ(Canonical("duration in (1h30m, 2d, 1m1s250ms)"), "duration in (5400, 172800, 61.25)");
}

TEST(Parser, ValuesThatAFieldNeverHasAreRefused) {
  const auto refuses = [](const std::string& text, const std::string& sentence) {
    const auto expression = Parse(text, kNow);
    return !expression.ok() && expression.error().message.find(sentence) != std::string::npos;
  };
  for (const char* const duration : {"fast", "1h1h", "5m1h", "1x", "1h30", "'soon'", "1e400"}) {
    EXPECT_TRUE(refuses(std::string("duration > ") + duration, "a duration is")) << duration;
  }
  EXPECT_TRUE(refuses("status = FINISHED", "did you mean finished?"));
  EXPECT_TRUE(
      refuses("status in (failed, bogus)", "status is running, finished, failed, killed or lost"));
  EXPECT_TRUE(refuses("dirty = yes", "dirty is true or false"));
  EXPECT_TRUE(refuses("metrics.auc > high", "metrics.auc is a number"));
  EXPECT_TRUE(refuses("metrics.auc > 1e400", "too large or too small"));
  EXPECT_TRUE(refuses("exit_code = none", "exit_code is a number"));
  EXPECT_TRUE(refuses("params.x < 1e400", "too large or too small"));
  EXPECT_TRUE(refuses("name nonsense x", "in like is not is expected"));
  EXPECT_TRUE(Parse("params.x < '1e400' or tags.x = 1e400 or status like 'f%'", kNow).ok());
  EXPECT_TRUE(Parse("metrics.auc = nan or metrics.auc < inf", kNow).ok());
}

TEST(Parser, AFieldAloneMayBeQuoted) {
  EXPECT_EQ(ParseFieldName("params.'learning rate'")->key, "learning rate");
  EXPECT_EQ(ParseFieldName("metrics.'val loss'.max")->key, "val loss.max");
  EXPECT_FALSE(ParseFieldName("params.'learning 'rate").ok());
  EXPECT_FALSE(ParseFieldName("params.x < 1").ok());
}

TEST(Parser, TheCaretStandsBelowThePlace) {
  const auto ends_with = [](const std::string& text, const std::string& end) {
    const auto expression = Parse(text, kNow);
    return !expression.ok() && expression.error().message.ends_with(end);
  };
  EXPECT_TRUE(ends_with("name lik x", "\n  name lik x\n       ^"));
  EXPECT_TRUE(ends_with("name is x", "\n  name is x\n          ^"));
  EXPECT_TRUE(ends_with("started = 2026-11-23", "\n  started = 2026-11-23\n            ^"));
  EXPECT_TRUE(ends_with("name = 'x", "\n  name = 'x\n         ^"));
  EXPECT_TRUE(ends_with("(name = x", "\n  (name = x\n           ^"));
  EXPECT_TRUE(ends_with("", "\n  \n  ^"));
}

TEST(Parser, NoTextExhaustsTheStack) {
  constexpr int kMany = 1'000'000;
  EXPECT_FALSE(Parse(std::string(kMany, '('), kNow).ok());
  std::string nots;
  std::string chain = "id = a";
  for (int i = 0; i < kMany; ++i) nots += "not ";
  for (int i = 0; i < kMany / 10; ++i) chain += i % 2 == 0 ? " and id = a" : " or id = a";
  EXPECT_FALSE(Parse(nots + "id = a", kNow).ok());
  const auto long_chain = Parse(chain, kNow);
  ASSERT_TRUE(long_chain.ok());
  EXPECT_TRUE(Evaluate(*long_chain, [](const Field&) { return Value::OfText("a"); }));
  std::string deepest(kNestingMax, '(');
  deepest += "id = a" + std::string(kNestingMax, ')');
  EXPECT_TRUE(Parse(deepest, kNow).ok());
  EXPECT_FALSE(Parse("(" + deepest + ")", kNow).ok());
}

}  // namespace
}  // namespace reprise::lineage::query
