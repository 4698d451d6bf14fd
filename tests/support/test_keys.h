// A key pair that openssl(1) made, for tests; it is no secret.

#pragma once

#include <string_view>

namespace reprise::testing {

constexpr std::string_view kTestKeyPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCB5idil5f44m4Fk/\n"
    "sTh/hnsmaLEWnypzoNd6eW4fFF2hRANCAARAt8BGh79QXAWN1GruCOFVh/GZ78l4\n"
    "SXgPerrKxwOntRe++qoXZ69FB7spzDkFM6v3oEWNrwMrDf1LyumnMb4S\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view kTestPublicKeyPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQLfARoe/UFwFjdRq7gjhVYfxme/J\n"
    "eEl4D3q6yscDp7UXvvqqF2evRQe7Kcw5BTOr96BFja8DKw39S8rppzG+Eg==\n"
    "-----END PUBLIC KEY-----\n";

}  // namespace reprise::testing
