output "host" {
  description = "Where it is reached"
  value       = trimprefix(google_cloud_run_v2_service.agent.uri, "https://")
}

output "image" {
  description = "What runs"
  value       = var.image
}

output "previous_image" {
  description = "What ran before"
  value       = var.previous_image
}
