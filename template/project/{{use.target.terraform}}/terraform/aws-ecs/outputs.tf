output "host" {
  description = "What the name in the certificate has to point to"
  value       = aws_lb.agent.dns_name
}

output "image" {
  description = "What runs"
  value       = var.image
}

output "previous_image" {
  description = "What ran before"
  value       = var.previous_image
}
