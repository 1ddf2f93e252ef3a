# Fetches a mailbox with Net::POP3: HOST PORT USER FOLDER keep|delete plain|starttls|tls CA.
use strict;
use warnings;
use Net::POP3;

my ($host, $port, $user, $folder, $after, $security, $ca) = @ARGV;
my %trust = (SSL_ca_file => $ca, SSL_verifycn_name => $host);
my $pop = Net::POP3->new($host, Port => $port, Timeout => 30, $security eq 'tls' ? (SSL => 1, %trust) : ())
    or die "cannot connect: $@\n";
if ($security eq 'starttls') {
    $pop->starttls(%trust) or die 'STLS: ' . $pop->message . "\n";
}
defined $pop->login($user, 'secret') or die 'login: ' . $pop->message . "\n";
my $list = $pop->list;
for my $number (sort { $a <=> $b } keys %$list) {
    my $lines = $pop->get($number) or die 'RETR: ' . $pop->message . "\n";
    open my $file, '>:raw', sprintf('%s/%03d', $folder, $number) or die "$folder: $!\n";
    print $file @$lines;
    close $file;
    if ($after eq 'delete') {
        $pop->delete($number) or die 'DELE: ' . $pop->message . "\n";
    }
}
$pop->quit;
