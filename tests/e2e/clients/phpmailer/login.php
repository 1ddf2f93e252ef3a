<?php
// login.php AUTOLOAD: one mail by PHPMailer, as the environment says; see ../../secure_clients.py.
declare(strict_types=1);

use PHPMailer\PHPMailer\PHPMailer;

require $argv[1];

$way = getenv('WAY');
$mail = new PHPMailer(true);
$mail->isSMTP();
$mail->Host = getenv('HOST');
$mail->Port = (int) getenv('PORT');
if ($way !== 'default') {
    $mail->SMTPAuth = true;
    $mail->Username = getenv('LOGIN');
    $mail->Password = getenv('PASSWORD');
}
if ($way === 'starttls' || $way === 'tls') {
    $mail->SMTPSecure = $way === 'tls' ? PHPMailer::ENCRYPTION_SMTPS : PHPMailer::ENCRYPTION_STARTTLS;
    $mail->SMTPOptions = ['ssl' => ['cafile' => getenv('CA')]];
}
$mail->setFrom(getenv('SENDER'));
$mail->addAddress(getenv('RECIPIENT'));
$mail->Subject = 'PHPMailer';
$mail->Body = 'Hello';
$mail->send();
