#include "storage/crypto/timestamp.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/http.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "storage/base/assert.h"
#include "storage/crypto/openssl_objects.h"

namespace reprise::crypto {
namespace {

struct Free : FreeObject {
  using FreeObject::operator();
  void operator()(TS_REQ* request) const { TS_REQ_free(request); }
  void operator()(TS_RESP* response) const { TS_RESP_free(response); }
  void operator()(TS_MSG_IMPRINT* imprint) const { TS_MSG_IMPRINT_free(imprint); }
  void operator()(TS_VERIFY_CTX* context) const { TS_VERIFY_CTX_free(context); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(STACK_OF(X509) * certificates) const { sk_X509_free(certificates); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(char* text) const { OPENSSL_free(text); }
  void operator()(unsigned char* bytes) const { OPENSSL_free(bytes); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;
using Text = Owned<char>;

// OpenSSL's reason: the first that it has put down, or the last, which says where it was.
enum class Reason { kFirst, kLast };
std::string TakeReason(Reason which) {
  const char* data = nullptr;
  int flags = 0;
  const unsigned long code =
      which == Reason::kFirst ? ERR_peek_error_all(nullptr, nullptr, nullptr, &data, &flags)
                              : ERR_peek_last_error_all(nullptr, nullptr, nullptr, &data, &flags);
  const char* reason = ERR_reason_error_string(code);
  std::string text = reason == nullptr ? "OpenSSL gives no reason" : reason;
  if (data != nullptr && *data != '\0' && (flags & ERR_TXT_STRING) != 0) {
    text += std::string(" (") + Printable(data) + ")";
  }
  ERR_clear_error();
  return text;
}

Owned<TS_REQ> NewRequest(const Digest& imprint) {
  Owned<TS_REQ> request(TS_REQ_new());
  const Owned<TS_MSG_IMPRINT> message(TS_MSG_IMPRINT_new());
  const Owned<X509_ALGOR> algorithm(X509_ALGOR_new());
  REPRISE_ASSERT(request != nullptr && message != nullptr && algorithm != nullptr);
  X509_ALGOR_set_md(algorithm.get(), EVP_sha256());
  std::string bytes(AsText(imprint.bytes()));
  const bool made =
      TS_REQ_set_version(request.get(), 1) == 1 &&
      TS_MSG_IMPRINT_set_algo(message.get(), algorithm.get()) == 1 &&
      TS_MSG_IMPRINT_set_msg(message.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                             static_cast<int>(bytes.size())) == 1 &&
      TS_REQ_set_msg_imprint(request.get(), message.get()) == 1 &&
      TS_REQ_set_cert_req(request.get(), 1) == 1;
  REPRISE_ASSERT(made);  // It fails only where there is no memory.
  return request;
}

Result<Owned<TS_RESP>> ParseResponse(std::string_view response) {
  const auto wrong = [](std::string_view why) -> Error {
    ERR_clear_error();
    return {ErrorCode::kCorruption,
            "this is not a response of a time stamping authority (RFC 3161): " + std::string(why)};
  };
  if (response.size() > kTimestampSizeBytesMax) return wrong("it is too large");
  const auto* data = reinterpret_cast<const unsigned char*>(response.data());
  const auto* const end = data + response.size();
  Owned<TS_RESP> parsed(d2i_TS_RESP(nullptr, &data, static_cast<long>(response.size())));
  if (parsed == nullptr) return wrong("it is malformed");
  if (data != end) return wrong("something follows it");
  return parsed;
}

std::string TextOf(const ASN1_UTF8STRING* text) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text)));
}

// Why the authority did not stamp, in its words.
std::string RefusalOf(TS_RESP& response) {
  TS_STATUS_INFO* const status = TS_RESP_get_status_info(&response);
  std::string text =
      "status " + std::to_string(ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status)));
  const STACK_OF(ASN1_UTF8STRING)* const words = TS_STATUS_INFO_get0_text(status);
  for (int i = 0; words != nullptr && i < sk_ASN1_UTF8STRING_num(words); ++i) {
    text += ", " + Printable(TextOf(sk_ASN1_UTF8STRING_value(words, i)));
  }
  return text;
}

std::string NameOf(const X509& certificate) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  REPRISE_ASSERT(bio != nullptr);
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(&certificate), 0,
                     XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return ContentOf(*bio);
}

Result<Timestamp> SaidBy(TS_RESP& response) {
  TS_TST_INFO* const info = TS_RESP_get_tst_info(&response);
  PKCS7* const token = TS_RESP_get_token(&response);
  if (info == nullptr || token == nullptr) {
    return Error{ErrorCode::kCorruption,
                 "the time stamping authority made no stamp: " + RefusalOf(response)};
  }
  const Error malformed{ErrorCode::kCorruption, "the time stamp is malformed"};
  Timestamp said;
  std::tm time{};
  if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &time) != 1) return malformed;
  said.time_unix_s = timegm(&time);
  const Owned<BIGNUM> serial(ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(info), nullptr));
  if (serial == nullptr) return malformed;
  said.serial = Text(BN_bn2hex(serial.get())).get();
  std::string policy(128, '\0');
  const int length = OBJ_obj2txt(policy.data(), static_cast<int>(policy.size()),
                                 TS_TST_INFO_get_policy_id(info), 1);
  if (length < 0 || static_cast<std::size_t>(length) >= policy.size()) return malformed;
  policy.resize(static_cast<std::size_t>(length));
  said.policy = std::move(policy);
  const Owned<STACK_OF(X509)> signers(PKCS7_get0_signers(token, nullptr, 0));
  if (signers != nullptr && sk_X509_num(signers.get()) == 1) {
    said.authority = NameOf(*sk_X509_value(signers.get(), 0));
  }
  ERR_clear_error();
  return said;
}

Result<std::vector<Owned<X509>>> ReadCertificates(std::string_view pem) {
  const auto bio = ReaderOf(pem);
  REPRISE_ASSERT(bio != nullptr);
  std::vector<Owned<X509>> certificates;
  for (;;) {
    Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) break;
    certificates.push_back(std::move(certificate));
  }
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!is_end || certificates.empty()) {
    return Error{ErrorCode::kInvalidArgument, certificates.empty()
                                                  ? "there is no certificate in it (PEM)"
                                                  : "a certificate in it is malformed (PEM)"};
  }
  return certificates;
}

}  // namespace

std::string TimestampRequest(const Digest& imprint) {
  const Owned<TS_REQ> request = NewRequest(imprint);
  unsigned char* data = nullptr;
  const int size = i2d_TS_REQ(request.get(), &data);
  REPRISE_ASSERT(size > 0);
  const Owned<unsigned char> bytes(data);
  return std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
}

Result<Timestamp> ReadTimestamp(std::string_view response) {
  REPRISE_ASSIGN_OR_RETURN(const Owned<TS_RESP> parsed, ParseResponse(response));
  return SaidBy(*parsed);
}

Result<Timestamp> VerifyTimestamp(std::string_view response, const Digest& imprint,
                                  std::string_view authorities_pem) {
  REPRISE_ASSIGN_OR_RETURN(const Owned<TS_RESP> parsed, ParseResponse(response));
  REPRISE_ASSIGN_OR_RETURN(Timestamp said, SaidBy(*parsed));
  REPRISE_ASSIGN_OR_RETURN(const auto authorities, ReadCertificates(authorities_pem));
  Owned<X509_STORE> store(X509_STORE_new());
  const Owned<TS_REQ> request = NewRequest(imprint);
  const Owned<TS_VERIFY_CTX> context(TS_REQ_to_TS_VERIFY_CTX(request.get(), nullptr));
  REPRISE_ASSERT(store != nullptr && context != nullptr);
  for (const Owned<X509>& authority : authorities)
    X509_STORE_add_cert(store.get(), authority.get());
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()),
                             static_cast<std::time_t>(said.time_unix_s));
  TS_VERIFY_CTX_add_flags(context.get(), TS_VFY_SIGNATURE);
  TS_VERIFY_CTX_set_store(context.get(), store.release());  // It is the context's now.
  if (TS_RESP_verify_response(context.get(), parsed.get()) != 1) {
    return Error{ErrorCode::kCorruption,
                 "the time stamp does not hold: " + TakeReason(Reason::kLast)};
  }
  ERR_clear_error();
  return said;
}

Result<std::string> CertificatesOf(std::string_view pem) {
  REPRISE_ASSIGN_OR_RETURN(const auto certificates, ReadCertificates(pem));
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  REPRISE_ASSERT(bio != nullptr);
  for (const Owned<X509>& certificate : certificates) {
    REPRISE_ASSERT(PEM_write_bio_X509(bio.get(), certificate.get()) == 1);
  }
  return ContentOf(*bio);
}

Result<std::string> PostTimestampRequest(const std::string& url, std::string_view request) {
  int is_tls = 0;
  char *user = nullptr, *host = nullptr, *port = nullptr, *path = nullptr, *query = nullptr;
  const bool parsed = OSSL_HTTP_parse_url(url.c_str(), &is_tls, &user, &host, &port, nullptr, &path,
                                          &query, nullptr) == 1;
  const Text owned_user(user), owned_host(host), owned_port(port), owned_path(path),
      owned_query(query);
  ERR_clear_error();
  if (!parsed || !url.starts_with("http://") || is_tls != 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(url) +
                     "' is not a URL http://HOST/PATH; where an authority has another, exchange "
                     "files with --request and --response"};
  }
  std::string target(path);
  if (query != nullptr && *query != '\0') target.append("?").append(query);
  const auto body = ReaderOf(request);
  const Owned<BIO> response(OSSL_HTTP_transfer(
      nullptr, host, port, target.c_str(), 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
      0, nullptr, "application/timestamp-query", body.get(), "application/timestamp-reply", 1,
      kTimestampSizeBytesMax, kTimestampWaitSecondsMax, 0));
  if (response == nullptr) {
    return Error{ErrorCode::kIoError, "the time stamping authority at '" + Printable(url) +
                                          "' gave no response: " + TakeReason(Reason::kFirst)};
  }
  return ContentOf(*response);
}

}  // namespace reprise::crypto
