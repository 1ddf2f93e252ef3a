<?php
// secure.php AUTOLOAD HOST PORT FROM TO {starttls|implicit} CA
declare(strict_types=1);

use PHPMailer\PHPMailer\PHPMailer;
use PHPMailer\PHPMailer\SMTP;

[, $autoload, $host, $port, $sender, $recipient, $security, $ca] = $argv;
require $autoload;

$mail = new PHPMailer(true);
$mail->isSMTP();
$mail->SMTPDebug = SMTP::DEBUG_SERVER;
$mail->Host = $host;
$mail->Port = (int) $port;
$mail->SMTPSecure = $security === 'implicit' ? PHPMailer::ENCRYPTION_SMTPS : PHPMailer::ENCRYPTION_STARTTLS;
$mail->SMTPOptions = ['ssl' => ['cafile' => $ca, 'verify_peer' => true, 'verify_peer_name' => true]];
$mail->setFrom($sender);
$mail->addAddress($recipient);
$mail->Subject = 'Over TLS';
$mail->Body = 'whispered';
$mail->send();
