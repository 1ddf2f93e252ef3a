# Fetches a mailbox with net/pop: HOST PORT USER FOLDER keep|delete plain|tls CA.
require "net/pop"

host, port, user, folder, after, security, ca = ARGV
pop = Net::POP3.new(host, port.to_i)
pop.enable_ssl(ca_file: ca, verify_mode: OpenSSL::SSL::VERIFY_PEER) if security == "tls"
pop.start(user, "secret") do |session|
  session.mails.each do |mail|
    File.binwrite(format("%s/%03d", folder, mail.number), mail.pop)
    mail.delete if after == "delete"
  end
end
