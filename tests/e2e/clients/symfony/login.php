<?php
// login.php AUTOLOAD: one mail by Symfony Mailer, as the environment says; see ../../secure_clients.py.
declare(strict_types=1);

use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mailer\Transport\Smtp\EsmtpTransport;
use Symfony\Component\Mime\Email;

require $argv[1];

$way = getenv('WAY');
$place = getenv('HOST') . ':' . getenv('PORT');
if ($way === 'default') {
    $transport = Transport::fromDsn("smtp://$place");
} else {
    // As in smtp:// and smtps://; false takes STARTTLS where it is offered.
    $transport = new EsmtpTransport(getenv('HOST'), (int) getenv('PORT'), $way === 'tls');
    $transport->setUsername(getenv('LOGIN'))->setPassword(getenv('PASSWORD'));
    $transport->getStream()->setStreamOptions(['ssl' => ['cafile' => getenv('CA')]]);
}
$mail = (new Email())->from(getenv('SENDER'))->to(getenv('RECIPIENT'))->subject('Symfony Mailer')->text('Hello');
(new Mailer($transport))->send($mail);
