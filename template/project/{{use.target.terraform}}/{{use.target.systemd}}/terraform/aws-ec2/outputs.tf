output "instance" {
  description = "aws ssm start-session --target is the way in"
  value       = aws_instance.agent.id
}

output "address" {
  description = "Its private address"
  value       = aws_instance.agent.private_ip
}
