// Which names a request may use for this server. Guards against DNS rebinding: a web page on the
// internet that makes its own name point at 127.0.0.1 would else read and delete mails.
//
// A browser sends the name it was given as Host, and the page it works for as Origin. Pure
// functions: no look-ups.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailrig::inspector {

struct host_policy {
  std::vector<std::string> allowed_hosts;  // "mail.example.com", "*.example.com"
  std::string machine_name;                // as gethostname() says; may be dotted
  // Whose pages may ask from a browser: "https://app.example.com", "http://localhost:5173".
  std::vector<std::string> allowed_origins = {};
};

enum class host_verdict { passes, malformed, foreign };

// `host` as in the Host header, with or without a port. Pass: IP literals, names without a dot,
// `*.localhost`, `*.internal`, `*.test`, `*.svc.cluster.local`, the machine's name and listed ones.
[[nodiscard]] host_verdict judge_host(std::string_view host, const host_policy& policy);

enum class origin_verdict { own, listed, foreign };

// `origin` as in the Origin header: own if its authority is `host`, listed if it is among
// allowed_origins or its name among allowed_hosts.
[[nodiscard]] origin_verdict judge_origin(std::string_view origin, std::string_view host,
                                          const host_policy& policy);

}  // namespace mailrig::inspector
