# The processes that take queued runs: the image of the service, with another command.

variable "workers" {
  description = "How many of them"
  type        = number
  default     = 1
}

resource "google_cloud_run_v2_worker_pool" "worker" {
  project             = var.project
  location            = var.region
  name                = "${local.name}-worker"
  deletion_protection = true
  scaling { manual_instance_count = var.workers }
  template {
    service_account = google_service_account.agent.email
    dynamic "vpc_access" {
      for_each = var.network[*]
      content {
        egress = "PRIVATE_RANGES_ONLY"
        network_interfaces {
          network    = vpc_access.value.network
          subnetwork = vpc_access.value.subnetwork
        }
      }
    }
    containers {
      image = var.image
      args  = ["worker"]
      resources { limits = { cpu = "1", memory = "512Mi" } }
      dynamic "env" {
        for_each = local.settings
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = var.secrets
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }
    }
  }
  depends_on = [google_secret_manager_secret_iam_member.agent]
}
