# A mail over TLS with Perl's Email::Sender: secure.pl HOST PORT FROM TO {starttls|implicit} CA FILE.
use strict;
use warnings;
use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::SMTP;
use Email::Simple;

my ($host, $port, $sender, $recipient, $security, $ca, $path) = @ARGV;
open(my $file, '<:raw', $path) or die "$path: $!";
my $mail = Email::Simple->new(do { local $/; <$file> });
my $transport = Email::Sender::Transport::SMTP->new(
    host => $host, port => $port, timeout => 30,
    ssl => $security eq 'implicit' ? 'ssl' : 'starttls',
    ssl_options => { SSL_ca_file => $ca, SSL_verify_mode => 1, SSL_verifycn_name => $host, SSL_verifycn_scheme => 'smtp' },
);
sendmail($mail, { from => $sender, to => [$recipient], transport => $transport });
