#include "lineage/capture/redact.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace reprise::capture {
namespace {

using Arguments = std::vector<std::string>;

Arguments Redacted(const Arguments& arguments) { return RedactArguments(arguments).arguments; }

TEST(RedactArguments, SecretsInOneArgumentAreReplaced) {
  for (const std::string argument : {"--password=hunter2",
                                     "--db-password=hunter2",
                                     "--dbPassword=hunter2",
                                     "--api-key=abcdef",
                                     "--api_key=abcdef",
                                     "--apiKey=abcdef",
                                     "--apikey=abcdef",
                                     "--hf-token=abcdef",
                                     "--token=abcdef",
                                     "-token=abcdef",
                                     "--aws_secret_access_key=abcdef",
                                     "--client-secret=abcdef",
                                     "PASSWORD=hunter2",
                                     "WANDB_API_KEY=abcdef",
                                     "+trainer.auth.token=abcdef",
                                     "logger.api_token=abcdef",
                                     "--secret-id=abcdef",
                                     "--cookie=session",
                                     "--auth=bob:hunter2",
                                     "--http-auth=bob:hunter2",
                                     "--passwd=12345",
                                     "--db-pass=hunter2",
                                     "--passphrase=correct-horse",
                                     "--access-tokens=a,b"}) {
    const RedactedArguments result = RedactArguments({"train", argument});
    EXPECT_TRUE(result.redacted) << argument;
    EXPECT_EQ(result.arguments[1], argument.substr(0, argument.find('=') + 1) + "<redacted>");
  }
}

TEST(RedactArguments, OrdinaryTrainingFlagsAreLeftAlone) {
  const Arguments ordinary = {"python",
                              "train.py",
                              "--tokenizer=bert",
                              "--tokenizer",
                              "bert-base",
                              "--max_tokens=5",
                              "--max-tokens",
                              "4096",
                              "--num_tokens=1e6",
                              "--tokens-per-batch=9000",
                              "--pad_token=[PAD]",
                              "--eos-token",
                              "</s>",
                              "--mask_token=_",
                              "--token=<s>",
                              "--token_dropout=0.1",
                              "--token-count=7",
                              "--use_auth_token=true",
                              "--use-auth-token",
                              "train.py",
                              "--author=Bob",
                              "--authors",
                              "Bob",
                              "--key=label",
                              "--sort-key=length",
                              "--image_key",
                              "jpg",
                              "--monkey=1",
                              "--keyboard=us",
                              "--keypoints=17",
                              "--num-passes=3",
                              "--two-pass=yes",
                              "--passes",
                              "2",
                              "--pass-through",
                              "x",
                              "--password-file=/run/x",
                              "--password-length=12",
                              "--compass=n",
                              "--cookiecutter=x",
                              "--credit=5",
                              "--secretary=Ann",
                              "--pwd=/work",
                              "PWD=/work",
                              "--credentials=/home/bob/key.json",
                              "optimizer.lr=0.1",
                              "+model.tokenizer.vocab=32000",
                              "MODE=fast",
                              "--data=s3://bucket/train",
                              "--url=https://example.org:8080/a?b=c&page=2",
                              "--init=sk-learn",
                              "--model=hf_internal_testing/tiny",
                              "-u",
                              "1000:1000",
                              "--user=1000:1000",
                              "--lr",
                              "-0.1",
                              "a sentence about a token and a password",
                              "git@github.com:org/repo.git",
                              "--token-budget",
                              "5"};
  const RedactedArguments result = RedactArguments(ordinary);
  EXPECT_EQ(result.arguments, ordinary);
  EXPECT_FALSE(result.redacted);
}

TEST(RedactArguments, TheValueMayBeTheNextArgument) {
  EXPECT_EQ(Redacted({"t", "--password", "hunter2", "--lr", "1"}),
            (Arguments{"t", "--password", "<redacted>", "--lr", "1"}));
  EXPECT_EQ(Redacted({"t", "--password", "two words"}),
            (Arguments{"t", "--password", "<redacted>"}));
  EXPECT_EQ(Redacted({"t", "--hf_token", "abc", "x"}),
            (Arguments{"t", "--hf_token", "<redacted>", "x"}));
  EXPECT_EQ(Redacted({"t", "--token", "--lr", "x"}), (Arguments{"t", "--token", "--lr", "x"}));
  EXPECT_EQ(Redacted({"t", "--token"}), (Arguments{"t", "--token"}));
}

TEST(RedactArguments, NestedAssignmentsAreSeen) {
  EXPECT_EQ(Redacted({"docker", "-e", "HF_TOKEN=abc", "--env=DB_PASSWORD=x"}),
            (Arguments{"docker", "-e", "HF_TOKEN=<redacted>", "--env=DB_PASSWORD=<redacted>"}));
}

TEST(RedactArguments, UsersWithPasswordsLoseThePassword) {
  EXPECT_EQ(Redacted({"curl", "-u", "bob:hunter2"}), (Arguments{"curl", "-u", "bob:<redacted>"}));
  EXPECT_EQ(Redacted({"x", "--user", "bob:hunter2"}), (Arguments{"x", "--user", "bob:<redacted>"}));
  EXPECT_EQ(Redacted({"x", "--user=bob:hunter2"}), (Arguments{"x", "--user=bob:<redacted>"}));
  EXPECT_EQ(Redacted({"python", "-u", "pkg:main"}), (Arguments{"python", "-u", "pkg:main"}));
}

TEST(RedactArguments, HeadersLoseTheirValue) {
  EXPECT_EQ(Redacted({"curl", "-H", "Authorization: Bearer abc"}),
            (Arguments{"curl", "-H", "Authorization: <redacted>"}));
  EXPECT_EQ(Redacted({"curl", "-H", "X-Api-Key: abc"}),
            (Arguments{"curl", "-H", "X-Api-Key: <redacted>"}));
  EXPECT_EQ(Redacted({"curl", "-H", "Accept: text/html"}),
            (Arguments{"curl", "-H", "Accept: text/html"}));
}

TEST(RedactArguments, AShellsTextIsReadWordByWord) {
  EXPECT_EQ(Redacted({"sh", "-c", "API_KEY=abc ./train --password x --lr 1 && echo done"})[2],
            "API_KEY=<redacted> ./train --password <redacted> --lr 1 && echo done");
  EXPECT_EQ(Redacted({"sh", "-c", "curl -H 'Authorization: Bearer abc' https://u:p@h/x"})[2],
            "curl -H 'Authorization: Bearer <redacted>' https://<redacted>@h/x");
}

TEST(RedactText, CredentialsOfUrlsAreReplaced) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://bob:pw@host/x", "https://<redacted>@host/x"},
      {"https://ghtoken@github.com/a/b.git", "https://<redacted>@github.com/a/b.git"},
      {"postgresql://u:p@ss@db:5432/n", "postgresql://<redacted>@db:5432/n"},
      {"postgresql://u:p/w@db:5432/n", "postgresql://<redacted>@db:5432/n"},
      {"ssh://git@host/x", "ssh://git@host/x"},
      {"ssh://git:pw@host/x", "ssh://<redacted>@host/x"},
      {"git+ssh://git@host/x", "git+ssh://git@host/x"},
      {"git@github.com:a/b", "git@github.com:a/b"},
      {"https://h/x?a=1&access_token=abc&b=2", "https://h/x?a=1&access_token=<redacted>&b=2"},
      {"https://h/b?sv=1&sig=abc%3D", "https://h/b?sv=1&sig=<redacted>"},
      {"https://h/b?X-Amz-Signature=abc", "https://h/b?X-Amz-Signature=<redacted>"},
      {"https://h/~user@x", "https://h/~user@x"},
      {"https://h:8080/a@b", "https://h:8080/a@b"},
      {"see https://a:b@c and http://d:e@f", "see https://<redacted>@c and http://<redacted>@f"},
      {"s3://bucket/key", "s3://bucket/key"},
      {"http://a:1,http://u:p@b:2", "http://a:1,http://<redacted>@b:2"},
      {"https://u:p@a/,https://v:q@b/?token=t",
       "https://<redacted>@a/,https://<redacted>@b/"
       "?token=<redacted>"},
      {"https://proxy/https://u:p@h/x", "https://proxy/https://<redacted>@h/x"},
      {"https://proxy/?to=https://u:p@h/x?sig=s&a=b",
       "https://proxy/?to=https://<redacted>@h/x"
       "?sig=<redacted>&a=b"},
      {"https://u:a://b@h", "https://<redacted>@h"},
      {"://@", "://<redacted>@"}};
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(RedactText(text).text, expected);
    EXPECT_EQ(RedactText(text).redacted, text != expected) << text;
  }
}

TEST(RedactText, WellKnownTokensAreReplacedWhereverTheyStand) {
  // Put together here, so that no scanner takes this file for a leak.
  const std::string body = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uVwXy";
  for (const std::string prefix :
       {"ghp_", "github_pat_", "hf_", "glpat-", "sk-", "AKIA", "xoxb-"}) {
    const RedactedText result = RedactText("x " + prefix + body + " y");
    EXPECT_EQ(result.text, "x <redacted> y");
    EXPECT_TRUE(result.redacted);
  }
  EXPECT_EQ(RedactText("eyJhbGciOi.eyJzdWIi.SflKxwRJ").text, "<redacted>");
  EXPECT_FALSE(RedactText("hf_" + std::string(40, 'a')).redacted);
  EXPECT_FALSE(RedactText("task-" + body).redacted);
}

TEST(RedactText, DoingItTwiceChangesNothingMore) {
  for (const std::string text : {"https://a:b@c/?token=x", "ssh://git:pw@h", "plain"}) {
    const RedactedText once = RedactText(text);
    const RedactedText twice = RedactText(once.text);
    EXPECT_EQ(twice.text, once.text);
    EXPECT_FALSE(twice.redacted);
  }
  const Arguments once = Redacted({"t", "--password=x", "--token", "y", "A_KEY=b"});
  EXPECT_EQ(Redacted(once), once);
}

TEST(IsSecretVariable, MatchesAnywhereInAnyCase) {
  for (const char* name : {"HF_TOKEN", "wandb_api_key", "DB_PASSWORD",
                           "GOOGLE_APPLICATION_CREDENTIALS", "COOKIE", "XAUTHORITY", "my_secret"}) {
    EXPECT_TRUE(IsSecretVariable(name)) << name;
  }
  for (const char* name : {"OMP_NUM_THREADS", "LANG", "PYTHONHASHSEED", "CUDA_VISIBLE_DEVICES"}) {
    EXPECT_FALSE(IsSecretVariable(name)) << name;
  }
}

}  // namespace
}  // namespace reprise::capture
