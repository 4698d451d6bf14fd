// What the sources of this folder share that use OpenSSL: its objects, freed by their owner, and
// texts in and out of it.

#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace reprise::crypto {

// A source that owns objects of other kinds has a deleter of its own, derived from this one.
struct FreeObject {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(X509_ALGOR* algorithm) const { X509_ALGOR_free(algorithm); }
};

inline const unsigned char* Unsigned(const void* bytes) {
  return static_cast<const unsigned char*>(bytes);
}

// Reads `text`, which must outlive it and fit an int.
inline std::unique_ptr<BIO, FreeObject> ReaderOf(std::string_view text) {
  const char* const data = text.empty() ? "" : text.data();  // It takes no null pointer.
  return std::unique_ptr<BIO, FreeObject>(BIO_new_mem_buf(data, static_cast<int>(text.size())));
}

// What was written into it.
inline std::string ContentOf(BIO& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace reprise::crypto
