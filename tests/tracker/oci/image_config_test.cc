// The documents byte for byte: their digests are the image's name.

#include "tracker/oci/image_config.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "tracker/oci/compression.h"

namespace reprise::tracker {
namespace {

class ImageConfigTest : public ::testing::Test {
 protected:
  static ImageLayer Layer(const std::string& name) {
    return {.name = name,
            .media_type = std::string(LayerMediaType(LayerCompression::kGzip)),
            .digest = crypto::Sha256(name + " compressed"),
            .diff_id = crypto::Sha256(name),
            .size_bytes = 7,
            .entries = 1};
  }

  const ImageFacts facts = {.created_unix_ms = 1'700'000'000'123,
                            .architecture = "arm64",
                            .variables = {"LANG=C.UTF-8", "PATH=/bin"},
                            .command = {"sh", "-c", "x > \"y\""},
                            .working_directory = "/home/me/p",
                            .created_by = "reprise run R",
                            .tag = "brave-otter-7",
                            .labels = {{"org.reprise.run.id", "R"}},
                            .annotations = {{"org.reprise.secrets", R"(["/s"])"}}};
  const std::vector<ImageLayer> layers = {Layer("system"), Layer("project")};
};

TEST_F(ImageConfigTest, TheConfigurationSaysWhatIsStartedAndWhere) {
  const auto config = EncodeImageConfig(facts, layers);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(
      *config,
      R"({"architecture":"arm64","config":{"Cmd":["sh","-c","x > \"y\""],)"
      R"("Env":["LANG=C.UTF-8","PATH=/bin"],"Labels":{"org.reprise.run.id":"R"},)"
      R"("WorkingDir":"/home/me/p"},"created":"2023-11-14T22:13:20.123Z",)"
      R"("history":[{"comment":"system","created":"2023-11-14T22:13:20.123Z",)"
      R"("created_by":"reprise run R"},{"comment":"project","created":"2023-11-14T22:13:20.123Z",)"
      R"("created_by":"reprise run R"}],"os":"linux","rootfs":{"diff_ids":[")" +
          layers[0].diff_id.ToString() + R"(",")" + layers[1].diff_id.ToString() +
          R"("],"type":"layers"}})");
}

TEST_F(ImageConfigTest, TheManifestNamesConfigurationAndLayers) {
  const auto manifest = EncodeImageManifest(facts, "{}", layers);
  ASSERT_TRUE(manifest.ok());
  const auto layer = [](const ImageLayer& one) {
    return R"({"annotations":{"org.reprise.layer":")" + one.name + R"("},"digest":")" +
           one.digest.ToString() +
           R"(","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":7})";
  };
  EXPECT_EQ(*manifest,
            R"({"annotations":{"org.reprise.run.id":"R","org.reprise.secrets":"[\"/s\"]"},)"
            R"("config":{"digest":")" +
                crypto::Sha256("{}").ToString() +
                R"(","mediaType":"application/vnd.oci.image.config.v1+json","size":2},"layers":[)" +
                layer(layers[0]) + "," + layer(layers[1]) +
                R"(],"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
                R"("schemaVersion":2})");
}

TEST_F(ImageConfigTest, TheIndexNamesTheManifestAndItsTag) {
  const auto index = EncodeImageIndex(facts, "manifest");
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(*index,
            R"({"manifests":[{"annotations":{"org.opencontainers.image.ref.name":)"
            R"("reprise:brave-otter-7","org.reprise.run.id":"R"},"digest":")" +
                crypto::Sha256("manifest").ToString() +
                R"(","mediaType":"application/vnd.oci.image.manifest.v1+json",)"
                R"("platform":{"architecture":"arm64","os":"linux"},"size":8}],)"
                R"("mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2})");
}

TEST_F(ImageConfigTest, OldDockersFindTheSameBlobs) {
  const auto list = EncodeDockerList(facts, "{}", layers);
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(*list, R"([{"Config":"blobs/sha256/)" + crypto::Sha256("{}").ToHex() +
                       R"(","Layers":["blobs/sha256/)" + layers[0].digest.ToHex() +
                       R"(","blobs/sha256/)" + layers[1].digest.ToHex() +
                       R"("],"RepoTags":["reprise:brave-otter-7"]}])");
}

TEST_F(ImageConfigTest, WhatIsNotThereIsLeftOut) {
  const auto config = EncodeImageConfig({.architecture = "amd64"}, {});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(*config, R"({"architecture":"amd64","config":{"Env":[],"Labels":{}},)"
                     R"("created":"1970-01-01T00:00:00.000Z","history":[],"os":"linux",)"
                     R"("rootfs":{"diff_ids":[],"type":"layers"}})");
}

}  // namespace
}  // namespace reprise::tracker
