#include "tracker/oci/image_config.h"

#include "storage/base/canonical.h"
#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kIndexType = "application/vnd.oci.image.index.v1+json";

template <typename Texts>
Json TextsToJson(const Texts& texts) {
  Json json = Json::Array{};
  for (const auto& text : texts) json.Append(text);
  return json;
}

Json MapToJson(const std::map<std::string, std::string>& map) {
  Json json = Json::Object{};
  for (const auto& [key, value] : map) json.Set(key, value);
  return json;
}

Json Descriptor(std::string_view media_type, const Digest& digest, std::uint64_t size_bytes) {
  return Json()
      .Set("mediaType", media_type)
      .Set("digest", digest.ToString())
      .Set("size", size_bytes);
}

Json DescriptorOf(std::string_view media_type, const std::string& document) {
  return Descriptor(media_type, crypto::Sha256(document), document.size());
}

std::string Reference(const ImageFacts& facts) { return "reprise:" + facts.tag; }

}  // namespace

Result<std::string> EncodeImageConfig(const ImageFacts& facts,
                                      const std::vector<ImageLayer>& layers) {
  const std::string created = FormatTime(facts.created_unix_ms);
  Json config = Json::Object{};
  config.Set("Env", TextsToJson(facts.variables));
  if (!facts.command.empty()) config.Set("Cmd", TextsToJson(facts.command));
  if (!facts.working_directory.empty()) config.Set("WorkingDir", facts.working_directory);
  config.Set("Labels", MapToJson(facts.labels));
  Json diff_ids = Json::Array{};
  Json history = Json::Array{};
  for (const ImageLayer& layer : layers) {
    diff_ids.Append(layer.diff_id.ToString());
    history.Append(Json()
                       .Set("created", created)
                       .Set("created_by", facts.created_by)
                       .Set("comment", layer.name));
  }
  return Canonicalize(
      Json()
          .Set("created", created)
          .Set("architecture", facts.architecture)
          .Set("os", "linux")
          .Set("config", std::move(config))
          .Set("rootfs", Json().Set("type", "layers").Set("diff_ids", std::move(diff_ids)))
          .Set("history", std::move(history)));
}

Result<std::string> EncodeImageManifest(const ImageFacts& facts, const std::string& config,
                                        const std::vector<ImageLayer>& layers) {
  Json list = Json::Array{};
  for (const ImageLayer& layer : layers) {
    list.Append(Descriptor(layer.media_type, layer.digest, layer.size_bytes)
                    .Set("annotations", Json().Set("org.reprise.layer", layer.name)));
  }
  std::map<std::string, std::string> annotations = facts.annotations;
  annotations.insert(facts.labels.begin(), facts.labels.end());
  return Canonicalize(Json()
                          .Set("schemaVersion", 2)
                          .Set("mediaType", kManifestType)
                          .Set("config", DescriptorOf(kConfigType, config))
                          .Set("layers", std::move(list))
                          .Set("annotations", MapToJson(annotations)));
}

Result<std::string> EncodeImageIndex(const ImageFacts& facts, const std::string& manifest) {
  std::map<std::string, std::string> annotations = facts.labels;
  annotations["org.opencontainers.image.ref.name"] = Reference(facts);
  Json descriptor = DescriptorOf(kManifestType, manifest);
  descriptor.Set("platform", Json().Set("architecture", facts.architecture).Set("os", "linux"));
  descriptor.Set("annotations", MapToJson(annotations));
  return Canonicalize(Json()
                          .Set("schemaVersion", 2)
                          .Set("mediaType", kIndexType)
                          .Set("manifests", Json::Array{std::move(descriptor)}));
}

Result<std::string> EncodeDockerList(const ImageFacts& facts, const std::string& config,
                                     const std::vector<ImageLayer>& layers) {
  Json paths = Json::Array{};
  for (const ImageLayer& layer : layers) paths.Append(BlobPath(layer.digest));
  Json image = Json()
                   .Set("Config", BlobPath(crypto::Sha256(config)))
                   .Set("RepoTags", Json::Array{Reference(facts)})
                   .Set("Layers", std::move(paths));
  return Canonicalize(Json::Array{std::move(image)});
}

std::string BlobPath(const Digest& digest) { return "blobs/sha256/" + digest.ToHex(); }

}  // namespace reprise::tracker
