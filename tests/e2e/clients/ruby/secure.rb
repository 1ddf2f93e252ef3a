# A mail over TLS with Ruby's mail: secure.rb HOST PORT FROM TO {starttls|implicit} CA FILE.
require 'mail'

host, port, sender, recipient, security, ca, path = ARGV
implicit = security == 'implicit'
mail = Mail.new(File.binread(path))
mail.smtp_envelope_from = sender
mail.smtp_envelope_to = [recipient]
mail.delivery_method :smtp, address: host, port: port.to_i, ssl: implicit, tls: implicit,
                            enable_starttls: !implicit, enable_starttls_auto: false,
                            openssl_verify_mode: 'peer', ca_file: ca
mail.deliver!
