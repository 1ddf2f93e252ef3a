// The server's side of one TLS connection as a filter: ciphertext in, plaintext out, and the other
// way round. Knows no socket and no timer; whoever owns the socket moves the octets.
//
// Between its calls it keeps what OpenSSL needs, at most one undecided record, and ciphertext that
// nobody fetched from output(). An idle connection keeps no buffers at all.
#pragma once

#include "capture/model/tls_facts.hpp"
#include "capture/wire/action.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct bio_st;
struct ssl_ctx_st;
struct ssl_st;

namespace mailrig::net {

class tls_filter {
 public:
  enum class progress { needs_input, client_hello, ready, failed };
  enum class stage { handshaking, open, peer_said_close_notify, broken };

  // The most plaintext that may come out of no ciphertext: a record that was almost whole (RFC 8446
  // 5.1).
  static constexpr std::size_t largest_record = std::size_t{16} * 1024;

  // `listening` stops behind the ClientHello (stop_behind_client_hello) and outlives the filter.
  explicit tls_filter(ssl_ctx_st* listening);
  ~tls_filter();
  tls_filter(const tls_filter&) = delete;
  tls_filter& operator=(const tls_filter&) = delete;

  // Prepares a context for filters: a handshake pauses when its ClientHello was read.
  static void stop_behind_client_hello(ssl_ctx_st* context);

  // Goes as far as the octets allow; those that it does not need yet are kept. At client_hello a
  // certificate must be chosen before it is called again.
  [[nodiscard]] progress handshake(std::string_view ciphertext);
  // From client_hello until take_facts().
  [[nodiscard]] const model::client_hello& hello() const { return hello_; }
  void choose(ssl_ctx_st* certificate);
  // In the place of choose(): the handshake fails with this alert (RFC 8446 6.2).
  void refuse(std::uint8_t alert) { refusal_ = alert; }
  // What a rule wants of this handshake; between choose() and the next handshake(). Names of
  // ciphers that OpenSSL does not have leave the ciphers as they are, which is answered by false.
  [[nodiscard]] bool set_terms(const wire::tls_terms& terms);
  // Once, when it is ready.
  [[nodiscard]] model::tls_facts take_facts();
  // When it has failed.
  [[nodiscard]] const model::tls_failure& failure() const { return failure_; }
  // When something else ended it.
  [[nodiscard]] model::tls_failure failure_by(model::tls_end how) const;

  // Puts plaintext at `to` and answers how much. Ciphertext that does not fit is kept.
  [[nodiscard]] std::size_t decrypt(std::string_view ciphertext, char* to, std::size_t room);
  // True if decrypt() could go on without more ciphertext.
  [[nodiscard]] bool holds_input() const { return !kept_.empty(); }
  [[nodiscard]] stage where() const { return stage_; }

  // False if TLS is broken; then nothing is sent.
  [[nodiscard]] bool encrypt(std::string_view plaintext);
  // RFC 8446 6.1; nothing before the handshake is over or after TLS broke.
  void say_close_notify();

  // Ciphertext for the peer; the owner of the socket removes what it has sent.
  [[nodiscard]] std::string_view output() const { return std::string_view(output_).substr(sent_); }
  void sent(std::size_t octets);

 private:
  friend struct tls_filter_callbacks;

  [[nodiscard]] progress stand(int result);
  void remember_error();
  void begin_input(std::string_view ciphertext) { borrowed_ = ciphertext; }
  void end_input();
  [[nodiscard]] std::size_t read(char* to, std::size_t room);

  ssl_st* ssl_;
  std::string kept_;           // ciphertext that was not needed yet
  std::size_t read_ = 0;       // octets of it that were read meanwhile
  std::string_view borrowed_;  // what comes behind it, for the length of a call
  std::string output_;
  std::size_t sent_ = 0;
  model::client_hello hello_;
  model::tls_failure failure_;
  std::uint8_t refusal_ = 0;  // the alert that refuses the ClientHello; 0: none
  bool has_begun_ = false;
  stage stage_ = stage::handshaking;
};

}  // namespace mailrig::net
