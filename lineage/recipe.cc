#include "lineage/recipe.h"

#include <algorithm>

#include "lineage/document.h"
#include "lineage/document_writer.h"
#include "storage/base/canonical.h"
#include "storage/base/canonical_writer.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kRecipeType = "reprise/recipe/v1";
constexpr std::string_view kCodeType = "reprise/code/v1";

Json ParamsToJson(const std::map<std::string, ParamValue>& params) {
  Json::Object object;
  for (const auto& [key, value] : params) object.emplace_back(key, value.ToDocument());
  return object;
}

Json PairsToJson(const std::vector<std::pair<std::string, std::string>>& pairs,
                 const std::string& first, const std::string& second) {
  Json json = Json::Array{};
  for (const auto& [a, b] : pairs) {
    json.Append(Json().Set(first, BytesToJson(a)).Set(second, BytesToJson(b)));
  }
  return json;
}

Result<std::vector<std::pair<std::string, std::string>>> GetPairs(const Json& json,
                                                                  std::string_view key,
                                                                  std::string_view first,
                                                                  std::string_view second) {
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const array, json.GetArray(key));
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Json& item : *array) {
    REPRISE_ASSIGN_OR_RETURN(std::string a, BytesFromJson(MemberOrNull(item, first)));
    REPRISE_ASSIGN_OR_RETURN(std::string b, BytesFromJson(MemberOrNull(item, second)));
    pairs.emplace_back(std::move(a), std::move(b));
  }
  return pairs;
}

}  // namespace

std::map<std::string, ParamValue> Recipe::Seeds() const {
  std::map<std::string, ParamValue> seeds;
  for (const auto& [key, value] : parameters) {
    if (key == "seed" || key == "random_state" || key.ends_with("_seed")) seeds.emplace(key, value);
  }
  return seeds;
}

Result<std::string> EncodeRecipe(const Recipe& recipe) {
  std::vector<const ArtifactUse*> inputs;
  for (const ArtifactUse& input : recipe.inputs) inputs.push_back(&input);
  std::ranges::sort(
      inputs, [](const ArtifactUse* a, const ArtifactUse* b) { return ArtifactUseBefore(*a, *b); });
  CanonicalWriter writer;
  writer.BeginObject();
  WriteDigest(recipe.code, writer.Name("code"));
  WriteTexts(recipe.command, writer.Name("command"));
  WriteDigest(recipe.environment, writer.Name("environment"));
  writer.Name("inputs").BeginArray();
  for (const ArtifactUse* input : inputs) WriteArtifactUse(*input, writer);
  writer.EndArray();
  writer.Name("parameters").Value(ParamsToJson(recipe.parameters));
  writer.Name("seeds").Value(ParamsToJson(recipe.Seeds()));
  writer.Name("type").Text(kRecipeType);
  writer.Name("variables").Value(TextMapToJson(recipe.variables));
  writer.Name("working_directory").Bytes(recipe.working_directory);
  writer.EndObject();
  return writer.Finish();
}

Result<Recipe> DecodeRecipe(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kRecipeType));
  Recipe recipe;
  REPRISE_ASSIGN_OR_RETURN(recipe.command, GetTexts(json, "command"));
  REPRISE_ASSIGN_OR_RETURN(recipe.working_directory,
                           BytesFromJson(MemberOrNull(json, "working_directory")));
  REPRISE_ASSIGN_OR_RETURN(recipe.code, GetOptionalDigest(json, "code"));
  REPRISE_ASSIGN_OR_RETURN(recipe.environment, GetOptionalDigest(json, "environment"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const inputs, json.GetArray("inputs"));
  for (const Json& input : *inputs) {
    REPRISE_ASSIGN_OR_RETURN(ArtifactUse use, ArtifactUseFromJson(input));
    recipe.inputs.push_back(std::move(use));
  }
  REPRISE_ASSIGN_OR_RETURN(const Json::Object* const parameters, json.GetObject("parameters"));
  for (const auto& [key, value] : *parameters) {
    REPRISE_ASSIGN_OR_RETURN(recipe.parameters[key], ParamValue::FromDocument(value));
  }
  REPRISE_ASSIGN_OR_RETURN(recipe.variables, GetTextMap(json, "variables"));
  // What is derived (seeds) or sorted (inputs) must be as EncodeRecipe() would write it.
  REPRISE_TRY(RequireSameDocument(EncodeRecipe(recipe), document, kRecipeType));
  return recipe;
}

Result<std::string> EncodeCode(const Code& code) {
  Json json;
  json.Set("type", kCodeType);
  json.Set("commit", code.commit);
  json.Set("branch", code.branch.has_value() ? BytesToJson(*code.branch) : Json());
  json.Set("remotes", PairsToJson(code.remotes, "name", "url"));
  json.Set("submodules", PairsToJson(code.submodules, "path", "commit"));
  json.Set("dirty", code.dirty);
  json.Set("tree", code.tree.ToString());
  json.Set("patch", DigestToJson(code.patch));
  return Canonicalize(json);
}

Result<Code> DecodeCode(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kCodeType));
  Code code;
  REPRISE_ASSIGN_OR_RETURN(code.commit, json.GetOptionalString("commit"));
  if (const Json& branch = MemberOrNull(json, "branch"); !branch.is_null()) {
    REPRISE_ASSIGN_OR_RETURN(code.branch, BytesFromJson(branch));
  }
  REPRISE_ASSIGN_OR_RETURN(code.remotes, GetPairs(json, "remotes", "name", "url"));
  REPRISE_ASSIGN_OR_RETURN(code.submodules, GetPairs(json, "submodules", "path", "commit"));
  if (const Json& dirty = MemberOrNull(json, "dirty"); !dirty.is_null()) {
    REPRISE_ASSIGN_OR_RETURN(code.dirty, json.GetBool("dirty"));
  }
  REPRISE_ASSIGN_OR_RETURN(code.tree, DigestFromJson(MemberOrNull(json, "tree")));
  REPRISE_ASSIGN_OR_RETURN(code.patch, GetOptionalDigest(json, "patch"));
  REPRISE_TRY(RequireSameDocument(EncodeCode(code), document, kCodeType));
  return code;
}

}  // namespace reprise::lineage
