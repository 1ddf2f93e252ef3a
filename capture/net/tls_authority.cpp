#include "capture/net/tls_authority.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace mailrig::net {
namespace {

using time_point = std::chrono::system_clock::time_point;
using role = certificate_description::role;

constexpr std::chrono::days clock_skew{1};  // clients whose clocks are behind
constexpr std::chrono::days life_of_authority{3650};
constexpr std::chrono::days life_of_server{397};  // the most that browsers and Apple's clients take
constexpr std::chrono::days renewed_before_end{30};
constexpr std::size_t longest_name = 253;  // RFC 1035 2.3.4

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

std::string reason() {
  return std::strerror(errno);
}

// The directory that keeps the files. While it is open no other mailrig makes any there.
class keeper {
 public:
  explicit keeper(const std::string& path) : path_(path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0)
      fail("cannot use the directory " + path + ": " + reason() +
           "; give --tls-dir a directory that can be written");
    (void)::flock(descriptor_, LOCK_EX);
  }
  ~keeper() { ::close(descriptor_); }
  keeper(const keeper&) = delete;
  keeper& operator=(const keeper&) = delete;

  // Nothing if one of both files is not there.
  [[nodiscard]] std::optional<credential> load(const std::string& name) const {
    const auto certificate = read(name + ".pem");
    const auto key = read(name + ".key");
    if (!certificate || !key) return std::nullopt;
    return credential{*certificate, *key};
  }

  void save(const std::string& name, const credential& what) const {
    write(name + ".key", what.key);
    write(name + ".pem", what.certificate);
  }

  [[nodiscard]] std::string path_of(const std::string& file) const { return path_ + '/' + file; }

 private:
  [[nodiscard]] std::optional<std::string> read(const std::string& file) const {
    std::ifstream in(path_of(file), std::ios::binary);
    if (!in && errno == ENOENT) return std::nullopt;
    std::ostringstream text;
    if (!(text << in.rdbuf())) fail("cannot read " + path_of(file) + ": " + reason());
    return text.str();
  }

  // Whole or not at all, and for nobody else to read.
  void write(const std::string& file, const std::string& text) const {
    const std::string unfinished = path_of(file) + ".new";
    (void)::unlink(unfinished.c_str());
    const int out = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool is_written =
        out >= 0 && ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool is_done = is_written && ::rename(unfinished.c_str(), path_of(file).c_str()) == 0;
    const std::string why = reason();
    if (out >= 0) ::close(out);
    if (!is_done)
      fail("cannot write " + path_of(file) + ": " + why +
           "; give --tls-dir a directory that can be written");
  }

  std::string path_;
  int descriptor_;
};

bool covers(const certificate_facts& has, const certificate_description& wanted) {
  const auto is_named = [&has](const std::string& name) {
    return std::find(has.names.begin(), has.names.end(), name) != has.names.end();
  };
  const bool is_same_key = has.is_ecdsa == (wanted.key == key_type::ecdsa_p256);
  return is_same_key && std::all_of(wanted.names.begin(), wanted.names.end(), is_named);
}

// Finds a credential in the directory or makes it.
class maker {
 public:
  maker(const keeper* files, key_type key, time_point now) : files_(files), key_(key), now_(now) {}

  [[nodiscard]] credential get(const std::string& file, certificate_description wanted,
                               std::chrono::days life, const credential* issuer) const {
    wanted.key = key_;
    wanted.not_before = now_ - clock_skew;
    wanted.not_after = now_ + life;
    if (const auto kept = find(file, wanted, issuer)) return *kept;
    credential made = make_certificate(wanted, issuer);
    if (files_ != nullptr) files_->save(file, made);
    return made;
  }

 private:
  [[nodiscard]] std::optional<credential> find(const std::string& file,
                                               const certificate_description& wanted,
                                               const credential* issuer) const {
    auto kept = files_ == nullptr ? std::nullopt : files_->load(file);
    if (!kept) return std::nullopt;
    try {
      const certificate_facts facts = read_certificate(kept->certificate);
      const bool is_valid = facts.not_after - renewed_before_end > now_;
      if (is_valid && covers(facts, wanted) && fits(*kept, issuer)) return kept;
      return std::nullopt;
    } catch (const std::runtime_error& error) {
      fail("cannot use " + files_->path_of(file + ".pem") + " and " + file +
           ".key: " + error.what() + "; delete both, and new ones are made");
    }
  }

  const keeper* files_;
  key_type key_;
  time_point now_;
};

}  // namespace

// The letters also keep a comma from starting another name.
bool is_certificate_name(const std::string& name) {
  return !name.empty() && name.size() <= longest_name &&
         std::all_of(name.begin(), name.end(), [](unsigned char letter) {
           return std::isalnum(letter) != 0 || letter == '-' || letter == '.' || letter == '_' ||
                  letter == '*' || letter == ':';
         });
}

tls_authority::tls_authority(const authority_settings& settings, time_point now)
    : names_(settings.names), key_(settings.key), now_(now) {
  for (const std::string& each : settings.names) {
    if (!is_certificate_name(each))
      fail("'" + each +
           "' cannot stand in a certificate; --tls-name takes a DNS name (mail.example.test, "
           "*.example.test) or an IP address");
  }
  std::optional<keeper> files;
  if (!settings.directory.empty()) files.emplace(settings.directory);
  const maker makes(files ? &*files : nullptr, settings.key, now);
  root_ = makes.get("ca", {.use = role::root, .common_name = "mailrig test CA"}, life_of_authority,
                    nullptr);
  intermediate_ = makes.get(
      "intermediate", {.use = role::intermediate, .common_name = "mailrig test intermediate CA"},
      life_of_authority, &root_);
  server_ =
      makes.get("server", {.use = role::server, .common_name = "mailrig", .names = settings.names},
                life_of_server, &intermediate_);
  server_.certificate += intermediate_.certificate;
}

}  // namespace mailrig::net
