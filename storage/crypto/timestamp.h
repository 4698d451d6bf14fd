// Time stamps of RFC 3161, through OpenSSL: an authority says that content was there at a time.
//
// A request has the SHA-256 of the content and asks for the authority's certificate to be in the
// response, so that whoever has the authority's root certificate needs nothing else.  It has no
// nonce: a stamp of the same content that is older proves no less.  Requests and responses are DER,
// as `openssl ts -query`, `-reply` and `-verify` have them.
//
// Thread-safety: pure functions, but PostTimestampRequest(), which any thread may call.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::crypto {

inline constexpr std::size_t kTimestampSizeBytesMax = 256 * 1024;
// How long the exchange with an authority may take.
inline constexpr int kTimestampWaitSecondsMax = 30;

struct Timestamp {
  std::int64_t time_unix_s = 0;  // When, by the authority's clock.
  std::string authority;  // Subject of the certificate that signed: "CN=TSA, O=…" (RFC 2253).
  std::string serial;     // Of the stamp, in hexadecimal digits.
  std::string policy;     // Under which it was made: an object identifier, "1.2.3".
};

// A TimeStampReq (RFC 3161 §2.4.1) for content with the SHA-256 `imprint`.
std::string TimestampRequest(const Digest& imprint);

// What a TimeStampResp (§2.4.2) says; whether that is true is not checked.
// Errors: kCorruption  not such a response, or one without a stamp; the message has its reason.
Result<Timestamp> ReadTimestamp(std::string_view response);

// Likewise, and checks that it is a stamp of content with the SHA-256 `imprint` by an authority
// whose chain of certificates leads to one in `authorities_pem`, as they were valid at the time of
// the stamp: a stamp is to outlive the certificate by which it was made.
// Errors: kCorruption  it is not.  kInvalidArgument  `authorities_pem` has no certificates.
Result<Timestamp> VerifyTimestamp(std::string_view response, const Digest& imprint,
                                  std::string_view authorities_pem);

// The certificates in `pem` as PEM, and nothing else that may stand between them.
// Errors: kInvalidArgument  there are none, or one is malformed.
Result<std::string> CertificatesOf(std::string_view pem);

// Sends `request` to the authority at `url` (http://…; RFC 3161 §3.4) and returns its response.
// Errors: kInvalidArgument  no such URL, or one of another scheme.
//         kIoError          the exchange failed.
Result<std::string> PostTimestampRequest(const std::string& url, std::string_view request);

}  // namespace reprise::crypto
