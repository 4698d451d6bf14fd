#include "lineage/export/media_type.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace reprise::lineage {
namespace {

// By ending, from the register of IANA where it has one.
constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {"csv", "text/csv"},
    {"gz", "application/gzip"},
    {"html", "text/html"},
    {"ipynb", "application/x-ipynb+json"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"json", "application/json"},
    {"jsonl", "application/jsonl"},
    {"log", "text/plain"},
    {"md", "text/markdown"},
    {"parquet", "application/vnd.apache.parquet"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"py", "text/x-python"},
    {"sqlite", "application/vnd.sqlite3"},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"toml", "application/toml"},
    {"tsv", "text/tab-separated-values"},
    {"txt", "text/plain"},
    {"xml", "application/xml"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"zip", "application/zip"},
};

constexpr std::string_view kModelEndings[] = {
    "bst", "caffemodel", "ckpt", "coreml", "gguf", "h5",  "joblib",      "keras",  "mlmodel",
    "pb",  "onnx",       "pkl",  "pmml",   "pt",   "pth", "safetensors", "tflite", "ubj"};

std::string_view EndingOf(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

}  // namespace

std::string_view MediaTypeOf(std::string_view name) {
  const std::string_view ending = EndingOf(name);
  for (const auto& [known, type] : kTypes) {
    if (known == ending) return type;
  }
  return "application/octet-stream";
}

bool IsModelName(std::string_view name) {
  if (std::ranges::find(kModelEndings, EndingOf(name)) != std::end(kModelEndings)) return true;
  const std::string_view stem = name.substr(0, name.rfind('.'));
  return stem == "model" || stem.ends_with("_model") || stem.ends_with("-model");
}

}  // namespace reprise::lineage
