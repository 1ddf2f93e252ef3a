// A mail over TLS with Go's net/smtp: secure HOST PORT FROM TO {starttls|implicit} CA FILE.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net/smtp"
	"os"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func connect(address, security string, trust *tls.Config) *smtp.Client {
	if security == "implicit" {
		connection, err := tls.Dial("tcp", address, trust)
		must(err)
		client, err := smtp.NewClient(connection, trust.ServerName)
		must(err)
		return client
	}
	client, err := smtp.Dial(address)
	must(err)
	must(client.StartTLS(trust))
	return client
}

func main() {
	host, port, sender, recipient, security := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	pem, err := os.ReadFile(os.Args[6])
	must(err)
	mail, err := os.ReadFile(os.Args[7])
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := connect(host+":"+port, security, &tls.Config{ServerName: host, RootCAs: roots})
	must(client.Mail(sender))
	must(client.Rcpt(recipient))
	body, err := client.Data()
	must(err)
	_, err = body.Write(mail)
	must(err)
	must(body.Close())
	must(client.Quit())
}
