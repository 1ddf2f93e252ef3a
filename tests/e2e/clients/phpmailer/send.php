<?php
// send.php AUTOLOAD HOST PORT FROM TO PICTURE ATTACHMENT: a mail with text, HTML with its picture, and a file.
declare(strict_types=1);

use PHPMailer\PHPMailer\PHPMailer;
use PHPMailer\PHPMailer\SMTP;

[, $autoload, $host, $port, $sender, $recipient, $picture, $attachment] = $argv;
require $autoload;

$mail = new PHPMailer(true);
$mail->isSMTP();
$mail->SMTPDebug = SMTP::DEBUG_SERVER;
$mail->Host = $host;
$mail->Port = (int) $port;
$mail->CharSet = PHPMailer::CHARSET_UTF8;
$mail->setFrom($sender, 'Frédéric Señor');
$mail->addAddress($recipient);
$mail->Subject = 'Votre commande n° 42 est arrivée';
$mail->isHTML();
$mail->Body = '<p>Votre commande est <b>arrivée</b></p><img src="cid:logo">';
$mail->AltBody = "Votre commande est arrivée\n.\nMerci";
$mail->addEmbeddedImage($picture, 'logo', 'logo.png');
$mail->addAttachment($attachment, 'Été à la plage.txt');
$mail->send();
