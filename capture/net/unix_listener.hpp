// A Unix socket to listen on, and the file that stands for it.
//
// The file is removed when its listener goes, if it is still the one that was made here. One that a
// dead process left behind is replaced; one that somebody listens on is in use.
#pragma once

#include <memory>
#include <string>
#include <sys/types.h>
#include <system_error>
#include <variant>

namespace mailrig::net {

class unix_file {
 public:
  // Of a socket that was just bound to this path.
  explicit unix_file(std::string path);
  ~unix_file();
  unix_file(const unix_file&) = delete;
  unix_file& operator=(const unix_file&) = delete;

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

struct unix_listener {
  int socket = -1;  // listens, does not block
  std::unique_ptr<unix_file> file;
};

[[nodiscard]] std::variant<unix_listener, std::error_code> listen_on_unix(const std::string& path,
                                                                          int backlog);

}  // namespace mailrig::net
