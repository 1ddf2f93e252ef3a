# One mail by Ruby's mail, as the environment says; see ../../secure_clients.py.
require 'mail'

way = ENV.fetch('WAY')
settings = { address: ENV.fetch('HOST'), port: ENV.fetch('PORT').to_i }
unless way == 'default'
  settings.update(user_name: ENV.fetch('LOGIN'), password: ENV.fetch('PASSWORD'), authentication: :plain)
end
settings.update(enable_starttls: true) if way == 'starttls'
settings.update(ssl: true) if way == 'tls'
if %w[starttls tls].include?(way)
  settings.update(openssl_verify_mode: OpenSSL::SSL::VERIFY_PEER, ca_file: ENV.fetch('CA'))
end
Mail.defaults { delivery_method :smtp, settings }
Mail.deliver do
  from ENV.fetch('SENDER')
  to ENV.fetch('RECIPIENT')
  subject 'mail'
  body 'Hello'
end
