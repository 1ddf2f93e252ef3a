# One mail by Perl's Email::Sender, as the environment says; see ../../secure_clients.py.
use strict;
use warnings;

use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::SMTP;
use Email::Simple;

my %settings = (host => $ENV{HOST}, port => $ENV{PORT}, timeout => 30);
if ($ENV{WAY} ne 'default') {
    %settings = (%settings, sasl_username => $ENV{LOGIN}, sasl_password => $ENV{PASSWORD});
}
if ($ENV{WAY} eq 'starttls' || $ENV{WAY} eq 'tls') {
    $settings{ssl} = $ENV{WAY} eq 'tls' ? 'ssl' : 'starttls';
    $settings{ssl_options} = { SSL_ca_file => $ENV{CA}, SSL_verify_mode => 1 };
}
my $mail = Email::Simple->create(
    header => [From => $ENV{SENDER}, To => $ENV{RECIPIENT}, Subject => 'Email::Sender'],
    body   => "Hello\n",
);
sendmail($mail, { transport => Email::Sender::Transport::SMTP->new(%settings) });
