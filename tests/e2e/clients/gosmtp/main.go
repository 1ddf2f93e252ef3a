// One mail by Go's net/smtp, as the environment says; see ../../secure_clients.py.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log"
	"net/smtp"
	"os"
)

func trusted() (*tls.Config, error) {
	pem, err := os.ReadFile(os.Getenv("CA"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("the CA is no certificate")
	}
	return &tls.Config{ServerName: os.Getenv("HOST"), RootCAs: pool}, nil
}

func connect(place string, security *tls.Config) (*smtp.Client, error) {
	if os.Getenv("WAY") == "starttls" {
		client, err := smtp.Dial(place)
		if err != nil {
			return nil, err
		}
		return client, client.StartTLS(security)
	}
	connection, err := tls.Dial("tcp", place, security)
	if err != nil {
		return nil, err
	}
	return smtp.NewClient(connection, os.Getenv("HOST"))
}

func sendSecurely(place string, auth smtp.Auth, from, to string, mail []byte) error {
	security, err := trusted()
	if err != nil {
		return err
	}
	client, err := connect(place, security)
	if err != nil {
		return err
	}
	defer client.Close()
	for _, step := range []func() error{
		func() error { return client.Auth(auth) },
		func() error { return client.Mail(from) },
		func() error { return client.Rcpt(to) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := body.Write(mail); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	return client.Quit()
}

func send() error {
	from, to := os.Getenv("SENDER"), os.Getenv("RECIPIENT")
	place := os.Getenv("HOST") + ":" + os.Getenv("PORT")
	mail := []byte("From: " + from + "\r\nTo: " + to + "\r\nSubject: net/smtp\r\n\r\nHello\r\n")
	auth := smtp.PlainAuth("", os.Getenv("LOGIN"), os.Getenv("PASSWORD"), os.Getenv("HOST"))
	switch os.Getenv("WAY") {
	case "default":
		return smtp.SendMail(place, nil, from, []string{to}, mail)
	case "plain":
		return smtp.SendMail(place, auth, from, []string{to}, mail)
	}
	return sendSecurely(place, auth, from, to, mail)
}

func main() {
	if err := send(); err != nil {
		log.Fatal(err)
	}
}
